import type { SubscribeRequest, SubscriptionApi } from '../../bus/api.js'
import type { Principal } from '../../bus/principal.js'
import type { Piece, Sink } from '../../bus/sink.js'
import { type Event, iterateFrames } from '../../event/event.js'
import type { ObservedHub } from '../observed-hub.js'

/** Gives the events of a filter to the hub itself, one by one, while it is open. */
export class EventFeed implements Sink {
  readonly pending = 0
  readonly #host: Pick<ObservedHub, 'bus' | 'runtime'>
  readonly #filters: SubscribeRequest['filters']
  readonly #take: (event: Event) => void
  /** As whom it reads; undefined while it is closed. */
  #principal: Principal | undefined
  #subscription: SubscriptionApi | undefined
  /** Number of subscriptions that were asked for or given up. Only the last one counts. */
  #nth = 0

  /** `take` must not throw. */
  constructor(
    host: Pick<ObservedHub, 'bus' | 'runtime'>,
    filters: SubscribeRequest['filters'],
    take: (event: Event) => void,
  ) {
    this.#host = host
    this.#filters = filters
    this.#take = take
  }

  async open(principal: Principal): Promise<void> {
    if (this.#principal !== undefined) return
    this.#principal = principal
    await this.#subscribe()
  }

  close(): void {
    this.#nth++
    this.#principal = undefined
    this.#subscription?.close()
    this.#subscription = undefined
  }

  write(pieces: readonly Piece[]): void {
    for (const piece of pieces as readonly Uint8Array[])
      for (const event of iterateFrames(piece)) this.#take(event)
  }

  status(): void {}

  end(): void {
    this.#subscription = undefined
    // Another log has taken the place of the one before. If the hub stops instead, the bus refuses.
    this.#host.runtime.soon(() => void this.#subscribe().catch(() => undefined))
  }

  async #subscribe(): Promise<void> {
    const principal = this.#principal
    if (principal === undefined) return
    const nth = ++this.#nth
    const request = { filters: this.#filters, label: 'ncs' }
    const subscription = await this.#host.bus.subscribe(principal, request, this)
    if (nth === this.#nth) this.#subscription = subscription
    else subscription.close()
  }
}
