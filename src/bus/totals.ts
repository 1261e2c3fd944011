import type { Publisher } from './publisher.js'
import type { Subscription } from './subscription.js'

export interface EventTotals {
  delivered: number
  refused: number
  /** Passed over for subscribers that did not keep up. */
  skipped: number
}

/** Events since the bus was opened: of those who are here, and of those who have left. */
export class Totals {
  readonly #left: EventTotals = { delivered: 0, refused: 0, skipped: 0 }

  publisherLeft({ refused }: Publisher): void {
    this.#left.refused += refused
  }

  subscriberLeft({ events, skipped }: Subscription): void {
    this.#left.delivered += events
    this.#left.skipped += skipped
  }

  read(subscriptions: Iterable<Subscription>, publishers: Iterable<Publisher>): EventTotals {
    const total = { ...this.#left }
    for (const { events, skipped } of subscriptions) {
      total.delivered += events
      total.skipped += skipped
    }
    for (const { refused } of publishers) total.refused += refused
    return total
  }
}
