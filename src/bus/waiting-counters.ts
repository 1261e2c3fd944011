import type { ProducerRange } from '../log/event-log.js'
import { addRange } from '../log/producer-range.js'
import type { OwnCounter } from './api.js'

/** The last counter of a stream, of those that are stored and those that wait. */
interface Stream {
  last: number
}

interface WaitingCounter extends OwnCounter {
  /** Place of its event in the batch. */
  place: number
}

/** The counters of events that wait in a batch. They are stored with their events, so that none comes twice. */
export class WaitingCounters {
  readonly #lastStored: (stream: string) => number
  readonly #streams = new Map<string, Stream>()
  readonly #waiting: WaitingCounter[] = []

  constructor(lastStored: (stream: string) => number) {
    this.#lastStored = lastStored
  }

  /** Returns whether the event was stored before, or waits. */
  has({ stream, counter }: OwnCounter): boolean {
    return counter <= this.#streamOf(stream).last
  }

  add(place: number, { stream, counter, first }: OwnCounter): void {
    this.#streamOf(stream).last = counter
    this.#waiting.push({ place, stream, counter, first })
  }

  /** Removes the counters of the events up to a place in the batch, and returns their ranges. */
  take(lastPlace: number): ProducerRange[] {
    const ranges = new Map<string, ProducerRange>()
    const later = this.#waiting.findIndex(({ place }) => place > lastPlace)
    const taken = this.#waiting.splice(0, later < 0 ? this.#waiting.length : later)
    for (const counter of taken) addRange(ranges, rangeOf(counter))
    return [...ranges.values()]
  }

  /** Everything that waited is stored. */
  clear(): void {
    this.#streams.clear()
  }

  #streamOf(name: string): Stream {
    const known = this.#streams.get(name)
    if (known !== undefined) return known
    const stream = { last: this.#lastStored(name) }
    this.#streams.set(name, stream)
    return stream
  }
}

/** The range of one event, which is a gap for all counters from `first` on. */
export function rangeOf({ stream, counter, first = counter }: OwnCounter): ProducerRange {
  return { key: stream, first: Math.min(first, counter), last: counter, count: 1 }
}
