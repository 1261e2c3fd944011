import type { EventBatch } from '../../../client/api.js'
import type { Event } from '../../../event/event.js'
import type { ClusterOverview, HubStatus, SubscriberInfo } from '../../../methods/contract/index.js'
import type { View } from '../../output/formats.js'
import type { TagOrder, TagRate } from './tag-rates.js'

/** The state that the screen shows. */
export interface TopState {
  status: HubStatus | undefined
  /** All hubs of the cluster, if there are several and one alone is not meant. */
  overview?: ClusterOverview
  /** Events that each hub accepts, by its name. */
  hubRates?: ReadonlyMap<string, number>
  subscribers: readonly SubscriberInfo[]
  tags: readonly TagRate[]
  order: TagOrder
  /** Prefix of the row of tags that is chosen; undefined while the keys move among events. */
  tag: string | undefined
  /** Accepted by all hubs that are shown, all tags together. */
  perSecond: number
  /** Returns the display that the hub has for the type of an event. */
  displayOf?: View['displayOf']
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
  /** The message about a fault, shown until the next key. */
  message: string | undefined
  /** Undefined while connected. */
  trouble: string | undefined
}

export function initialState(): TopState {
  return {
    status: undefined,
    subscribers: [],
    tags: [],
    order: 'rate',
    tag: undefined,
    perSecond: 0,
    events: [],
    chosen: undefined,
    frozen: undefined,
    filter: '',
    prompt: undefined,
    detail: undefined,
    message: undefined,
    trouble: undefined,
  }
}

/** Batches of at least this many events are kept whole; events of smaller batches are copied out of their memory. */
const DENSE = 100

/** The last events of the stream, and those that were stored before it began. */
export class RecentEvents {
  readonly #max: number
  readonly #batches: { count: number; events: () => Event[] }[] = []
  #count = 0
  #past: readonly Event[] = []
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
    while (this.#count - this.#batches[0].count >= this.#max) this.#count -= this.#batches.shift()?.count ?? 0
  }

  /** Puts stored events before those of the stream; returns them without those that the stream has too. */
  precede(events: readonly Event[]): readonly Event[] {
    this.#past = events
    return this.#olderThanStream()
  }

  /** The oldest first. */
  list(): Event[] {
    return [...this.#olderThanStream(), ...this.#batches.flatMap((batch) => batch.events())].slice(-this.#max)
  }

  #olderThanStream(): readonly Event[] {
    const first = this.#batches[0]?.events()[0]?.seq ?? Number.POSITIVE_INFINITY
    return this.#past.filter(({ seq }) => seq < first)
  }

  clear(): void {
    this.#batches.length = 0
    this.#past = []
    this.#count = 0
  }
}
