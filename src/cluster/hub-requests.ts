import { z } from 'zod'
import { messageOf } from '../errors/thrown.js'
import { TocsinError } from '../errors/tocsin-error.js'
import { decode } from '../event/msgpack/decoder.js'
import { encode } from '../event/msgpack/encoder.js'
import type { Cancel } from '../event/runtime.js'
import type { NatsLink } from '../storage/nats/link.js'
import { isUnheard } from '../storage/nats/nats-fault.js'
import type { RawMessage } from '../storage/nats/raw-message.js'
import { outcomeOf, resultOf } from './outcome.js'

/** Requests that this hub answers at a time. */
const MAX_ANSWERING = 8_192
/** More than a message has beside its payload, bytes. */
const HEAD_BYTES = 1024

/** Requests of hubs to each other whose answers may carry events: one message, and one back. */
export class HubRequests {
  readonly close: Cancel
  readonly #link: NatsLink
  readonly #subjectOf: (id: string) => string
  readonly #answer: (request: unknown) => Promise<unknown>
  #answering = 0

  /** `subjectOf`: where the hub with an id listens. */
  constructor(
    link: NatsLink,
    subjectOf: (id: string) => string,
    self: string,
    answer: (request: unknown) => Promise<unknown>,
  ) {
    this.#link = link
    this.#subjectOf = subjectOf
    this.#answer = answer
    this.close = link.subscribe(subjectOf(self), (message) => void this.#take(message))
  }

  /** Rejects with the error of the other hub, or with TCN_CLUSTER_NO_ANSWER after `ms`. */
  async ask(id: string, request: unknown, ms: number): Promise<unknown> {
    const { payload } = await this.#link.request(this.#subjectOf(id), encode(request), ms).catch((thrown) => {
      const reason = isUnheard(thrown) ? 'the hub has ended, or is of an earlier version' : messageOf(thrown)
      throw new TocsinError('TCN_CLUSTER_NO_ANSWER', reason, { cause: thrown })
    })
    return resultOf(valueIn(payload), z.unknown())
  }

  async #take({ payload, reply }: RawMessage): Promise<void> {
    this.#answering++
    try {
      const outcome = encode(await outcomeOf(this.#run(payload)))
      const isTooLarge = outcome.length > this.#link.maxPayload - HEAD_BYTES
      this.#link.publish(reply, isTooLarge ? await oversized(outcome.length) : outcome)
    } finally {
      this.#answering--
    }
  }

  async #run(payload: Uint8Array): Promise<unknown> {
    if (this.#answering > MAX_ANSWERING)
      throw new TocsinError('TCN_PROTOCOL_TOO_MANY', `the hub answers ${MAX_ANSWERING} other requests`)
    return this.#answer(valueIn(payload))
  }
}

/** Undefined for what no hub has sent. */
function valueIn(payload: Uint8Array): unknown {
  try {
    return decode(payload)
  } catch {
    return undefined
  }
}

async function oversized(bytes: number): Promise<Uint8Array> {
  const error = new TocsinError('TCN_CLUSTER_ANSWER_TOO_LARGE', `its answer has ${bytes} bytes`)
  return encode(await outcomeOf(Promise.reject(error)))
}
