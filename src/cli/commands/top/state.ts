import type { EventBatch } from '../../../client/api.js'
import type { Event } from '../../../event/event.js'
import type { HubStatus, SubscriberInfo } from '../../../methods/contract/index.js'
import type { TagRate } from './tag-rates.js'

/** The state that the screen shows. */
export interface TopState {
  status: HubStatus | undefined
  subscribers: readonly SubscriberInfo[]
  tags: readonly TagRate[]
  /** Accepted by the hub, all tags together. */
  perSecond: number
  /** The events shown, oldest first. */
  events: readonly Event[]
  /** Index of the one chosen; undefined while following. */
  chosen: number | undefined
  /** When the list was frozen (µs), and how many events have arrived since. */
  frozen: { since: number; missed: number } | undefined
  filter: string
  /** Filter being typed. */
  prompt: string | undefined
  /** One event in full, from this line on. */
  detail: { lines: readonly string[]; top: number } | undefined
  /** What went wrong, until the next key. */
  message: string | undefined
  /** Undefined while connected. */
  trouble: string | undefined
}

/** Batches of at least this many events are kept whole; events of smaller batches are copied out of their memory. */
const DENSE = 100

/** The last events of the stream. */
export class RecentEvents {
  readonly #max: number
  readonly #batches: { count: number; events: () => Event[] }[] = []
  #count = 0
  /** All events that have arrived. */
  total = 0

  constructor(max: number) {
    this.#max = max
  }

  add(batch: EventBatch): void {
    this.total += batch.count
    this.#count += batch.count
    if (batch.count >= DENSE) this.#batches.push({ count: batch.count, events: () => batch.events() })
    else {
      const events = batch.events().map((event) => event.detach())
      this.#batches.push({ count: batch.count, events: () => events })
    }
    while (this.#count - this.#batches[0].count >= this.#max) this.#count -= this.#batches.shift()!.count
  }

  /** The oldest first. */
  list(): Event[] {
    return this.#batches.flatMap((batch) => batch.events()).slice(-this.#max)
  }

  clear(): void {
    this.#batches.length = 0
    this.#count = 0
  }
}
