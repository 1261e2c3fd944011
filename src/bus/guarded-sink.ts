import { TocsinError } from '../errors/tocsin-error.js'
import { type Boundary, currentPart } from '../parts/boundary.js'
import { CoreFault, coreRejected } from '../parts/core.js'
import type { PublisherEvents, SubscriptionApi } from './api.js'
import type { EndReason, Piece, Sink, SubscriberStatus } from './sink.js'

/**
 * The sink of a subscriber of a part. It does its work as that part: what it throws, then or later, ends this
 * subscription or that part, and reaches nobody else.
 */
export class GuardedSink implements Sink {
  readonly #sink: Sink
  readonly #part: Boundary
  #subscription: SubscriptionApi | undefined
  #hasFailed = false

  private constructor(sink: Sink, part: Boundary) {
    this.#sink = sink
    this.#part = part
  }

  /** Subscribes with the sink, guarded if it is one of a part. */
  static attach(sink: Sink, subscribe: (sink: Sink) => Promise<SubscriptionApi>): Promise<SubscriptionApi> {
    const part = currentPart()
    if (part === undefined) return subscribe(sink)
    const guarded = new GuardedSink(sink, part)
    const attached = subscribe(guarded)
    attached.then(guarded.#follow, coreRejected)
    return attached
  }

  readonly #follow = (subscription: SubscriptionApi): void => {
    this.#subscription = subscription
    if (this.#hasFailed) subscription.close()
  }

  get pending(): number {
    if (this.#hasFailed) return 0
    try {
      return this.#sink.pending
    } catch (thrown) {
      this.#failed(thrown)
      return 0
    }
  }

  get keepsNothing(): boolean | undefined {
    return this.#sink.keepsNothing
  }

  write(pieces: readonly Piece[]): void {
    if (this.#hasFailed) return
    try {
      this.#part.run(this.#write, pieces)
    } catch (thrown) {
      this.#failed(thrown)
    }
  }

  status(status: SubscriberStatus): void {
    if (this.#hasFailed) return
    try {
      this.#part.run(this.#status, status)
    } catch (thrown) {
      this.#failed(thrown)
    }
  }

  end(reason: EndReason): void {
    if (this.#hasFailed) return
    this.#part.take(() => this.#sink.end(reason))
  }

  readonly #write = (pieces: readonly Piece[]): void => this.#sink.write(pieces)
  readonly #status = (status: SubscriberStatus): void => this.#sink.status(status)

  #failed(thrown: unknown): void {
    if (thrown instanceof CoreFault) throw thrown
    this.#part.note(thrown)
    const { code, message } = new TocsinError('TCN_INTERNAL', String(thrown))
    this.end({ code, message, seq: 0 })
    this.#hasFailed = true
    this.#subscription?.close()
  }
}

/** Guards the notifications of a publisher if it is one of a part: a publisher whose handler throws is closed. */
export function guardedEvents(events: PublisherEvents): PublisherEvents {
  const part = currentPart()
  if (part === undefined) return events
  const { accepted, durable, refused, gateDone, resumed, closed } = events
  return {
    accepted: part.guard(accepted.bind(events)),
    durable: part.guard(durable.bind(events)),
    refused: part.guard(refused.bind(events)),
    gateDone: part.guard(gateDone.bind(events)),
    resumed: part.guard(resumed.bind(events)),
    closed: part.guard(closed.bind(events)),
  }
}
