import { z } from 'zod'
import type { ConsumerOrder, OrderResult, OtherHubs } from '../bus/consumers/consumer-order.js'
import type { ConsumersApi } from '../bus/consumers/consumers.js'
import type { Cancel } from '../event/runtime.js'
import type { NatsLink } from '../storage/nats/link.js'
import type { RawMessage } from '../storage/nats/raw-message.js'
import { fromJson, outcomeOf, resultOf, toJson } from './outcome.js'

/** Time for an answer: parked events are removed one after another, ms. */
const ANSWER_MS = 10_000

const name = z.string().max(128)
const orderSchema = z.discriminatedUnion('do', [
  z.object({ do: z.literal('seek'), name, to: z.string().max(255) }),
  z.object({ do: z.literal('delete'), name }),
])
const count = z.int().min(0)
const resultSchema = z.union([count, z.object({ from: count, to: count })])

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
    const sent = this.#link.request(this.#subject, toJson(order), ANSWER_MS)
    const reply = await sent.catch(() => undefined)
    return reply && resultOf(fromJson(reply.payload), resultSchema)
  }

  async #answer({ payload, reply }: RawMessage): Promise<void> {
    const order = orderSchema.safeParse(fromJson(payload)).data
    const result = order && this.#consumers.carryOut(order)
    if (result !== undefined) this.#link.publish(reply, toJson(await outcomeOf(result)))
  }
}
