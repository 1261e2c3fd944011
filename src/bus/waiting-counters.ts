import type { ProducerRange } from '../log/event-log.js'
import { addRange } from '../log/producer-range.js'
import type { OwnCounter } from './api.js'

interface WaitingCounter extends OwnCounter {
  /** Place of its event in the batch. */
  place: number
}

/** The counters of events that wait in a batch. They are stored with their events, so that none comes twice. */
export class WaitingCounters {
  readonly #lastStored: (stream: string) => number
  /** The last counter of each stream of which events wait. */
  readonly #last = new Map<string, number>()
  readonly #waiting: WaitingCounter[] = []

  constructor(lastStored: (stream: string) => number) {
    this.#lastStored = lastStored
  }

  /** Returns whether the event was stored before, or waits. */
  has({ stream, counter }: OwnCounter): boolean {
    return counter <= (this.#last.get(stream) ?? this.#lastStored(stream))
  }

  add(place: number, { stream, counter, first }: OwnCounter): void {
    this.#last.set(stream, counter)
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
    this.#last.clear()
  }
}

/** The range of one event, which is a gap for all counters from `first` on. */
export function rangeOf({ stream, counter, first = counter }: OwnCounter): ProducerRange {
  return { key: stream, first: Math.min(first, counter), last: counter, count: 1 }
}
