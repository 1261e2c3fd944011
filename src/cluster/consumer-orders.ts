import { z } from 'zod'
import type { ConsumerOrder, OrderResult, OtherHubs } from '../bus/consumers/consumer-order.js'
import type { ConsumersApi } from '../bus/consumers/consumers.js'
import { knownCode } from '../errors/known-code.js'
import { TocsinError, toTocsinError } from '../errors/tocsin-error.js'
import type { Cancel } from '../event/runtime.js'
import type { NatsLink } from '../storage/nats/link.js'
import type { RawMessage } from '../storage/nats/raw-message.js'

/** Time for an answer: parked events are removed one after another, ms. */
const ANSWER_MS = 10_000

const MAX_CODE = 64
const MAX_MESSAGE = 4096
const name = z.string().max(128)
const orderSchema = z.discriminatedUnion('do', [
  z.object({ do: z.literal('seek'), name, to: z.string().max(255) }),
  z.object({ do: z.literal('delete'), name }),
])
const count = z.int().min(0)
const answerSchema = z.union([
  z.object({ result: z.union([count, z.object({ from: count, to: count })]) }),
  z.object({ error: z.object({ code: z.string().max(MAX_CODE), message: z.string().max(MAX_MESSAGE) }) }),
])

/** Orders about consumers go to all hubs, and the one that serves the consumer answers. */
export class ConsumerOrders implements OtherHubs {
  readonly close: Cancel
  readonly #link: NatsLink
  readonly #subject: string
  readonly #consumers: Pick<ConsumersApi, 'carryOut'>

  constructor(link: NatsLink, subject: string, consumers: Pick<ConsumersApi, 'carryOut'>) {
    this.#link = link
    this.#subject = subject
    this.#consumers = consumers
    this.close = link.subscribe(subject, (message) => void this.#answer(message))
  }

  async order(order: ConsumerOrder): Promise<OrderResult | undefined> {
    const sent = this.#link.request(this.#subject, Buffer.from(JSON.stringify(order)), ANSWER_MS)
    const reply = await sent.catch(() => undefined)
    const answer = reply && answerSchema.safeParse(parsed(reply.payload)).data
    if (answer === undefined || 'result' in answer) return answer?.result
    throw new TocsinError(knownCode(answer.error.code), answer.error.message)
  }

  async #answer({ payload, reply }: RawMessage): Promise<void> {
    const order = orderSchema.safeParse(parsed(payload)).data
    const result = order && this.#consumers.carryOut(order)
    if (result === undefined) return
    const answer = await result.then(
      (value) => ({ result: value }),
      (thrown) => {
        const { code, message } = toTocsinError(thrown, 'TCN_INTERNAL')
        return { error: { code, message } }
      },
    )
    this.#link.publish(reply, Buffer.from(JSON.stringify(answer)))
  }
}

/** Undefined if it is not JSON. */
function parsed(payload: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(payload).toString())
  } catch {
    return undefined
  }
}
