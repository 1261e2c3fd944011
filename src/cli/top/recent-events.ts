import type { EventBatch } from '../../client/api.js'
import type { Event } from '../../event/event.js'

/** Batches of so many events are kept as they came; of smaller ones the events are copied out of their memory. */
const DENSE = 100

/** The last events of the stream. */
export class RecentEvents {
  readonly #most: number
  readonly #batches: { count: number; events: () => Event[] }[] = []
  #count = 0
  /** Events that came, ever. */
  total = 0

  constructor(most: number) {
    this.#most = most
  }

  add(batch: EventBatch): void {
    this.total += batch.count
    this.#count += batch.count
    if (batch.count >= DENSE) this.#batches.push({ count: batch.count, events: () => batch.events() })
    else {
      const events = batch.events().map((event) => event.detach())
      this.#batches.push({ count: batch.count, events: () => events })
    }
    while (this.#count - this.#batches[0].count >= this.#most) this.#count -= this.#batches.shift()!.count
  }

  /** The oldest first. */
  list(): Event[] {
    return this.#batches.flatMap((batch) => batch.events()).slice(-this.#most)
  }

  clear(): void {
    this.#batches.length = 0
    this.#count = 0
  }
}
