import { MOST_AHEAD } from '../event/plausible-time.js'
import type { ChunkSummary, EventTimes, TimeSpan } from './event-log.js'

/** The spans of the event times that were added, cut at about the widest gap between them. */
export class EventTimeSpans {
  #count = 0
  /** The earlier span; empty if there is only one. */
  #from = 0
  #to = -1
  #lastFrom = 0
  #lastTo = -1

  add(micros: number): void {
    this.#count++
    if (micros >= this.#lastFrom && micros <= this.#lastTo) return
    if (micros >= this.#from && micros <= this.#to) return
    if (this.#to < 0) this.#keep([...this.times().spans, { from: micros, to: micros }])
    else this.#addOutside(micros)
  }

  addAll({ count, spans }: EventTimes): void {
    this.#count += count
    this.#keep([...this.times().spans, ...spans])
  }

  times(): EventTimes {
    const earlier = { from: this.#from, to: this.#to }
    const later = { from: this.#lastFrom, to: this.#lastTo }
    return { count: this.#count, spans: [earlier, later].filter(({ to }) => to >= 0) }
  }

  clear(): void {
    this.#count = 0
    this.#to = -1
    this.#lastFrom = 0
    this.#lastTo = -1
  }

  /** Adds a time that is in neither of two spans, and keeps the wider gap. */
  #addOutside(micros: number): void {
    const gap = this.#lastFrom - this.#to
    if (micros > this.#lastTo) {
      if (micros - this.#lastTo > gap) {
        this.#to = this.#lastTo
        this.#lastFrom = micros
      }
      this.#lastTo = micros
    } else if (micros < this.#from) {
      if (this.#from - micros > gap) {
        this.#lastFrom = this.#from
        this.#to = micros
      }
      this.#from = micros
    } else if (micros - this.#to <= this.#lastFrom - micros) this.#to = micros
    else this.#lastFrom = micros
  }

  #keep(all: readonly TimeSpan[]): void {
    const spans = atMostTwo(all)
    const later = spans.at(-1)
    if (later === undefined) return
    const earlier = spans.length === 2 ? spans[0] : { from: 0, to: -1 }
    this.#from = earlier.from
    this.#to = earlier.to
    this.#lastFrom = later.from
    this.#lastTo = later.to
  }
}

/** Joins spans that overlap, and then those with the smallest gaps between them, until two are left. */
function atMostTwo(all: readonly TimeSpan[]): TimeSpan[] {
  const spans = disjoint(all)
  while (spans.length > 2) {
    const gaps = spans.slice(1).map(({ from }, nth) => from - spans[nth].to)
    const at = gaps.indexOf(Math.min(...gaps))
    spans.splice(at, 2, { from: spans[at].from, to: spans[at + 1].to })
  }
  return spans
}

/** Returns the same times as spans that do not overlap, in order. */
export function disjoint(all: readonly TimeSpan[]): TimeSpan[] {
  const spans: TimeSpan[] = []
  for (const { from, to } of all.toSorted((one, other) => one.from - other.from)) {
    const last = spans.at(-1)
    if (last === undefined || from > last.to) spans.push({ from, to })
    else last.to = Math.max(last.to, to)
  }
  return spans
}

/** The times of the events of two chunks that become one; undefined if those of one are not known. */
export function mergedTimes(
  one: EventTimes | undefined,
  other: EventTimes | undefined,
): EventTimes | undefined {
  if (one === undefined || other === undefined) return undefined
  const merged = new EventTimeSpans()
  merged.addAll(one)
  merged.addAll(other)
  return merged.times()
}

/** The times at which events of a chunk may have happened, as spans that do not overlap, in order. */
export function timesOf(
  chunk: Pick<ChunkSummary, 'count' | 'firstTime' | 'lastTime' | 'eventTimes'>,
): TimeSpan[] {
  const { firstTime, lastTime, eventTimes } = chunk
  if (eventTimes === undefined) return [{ from: 0, to: lastTime + MOST_AHEAD }]
  const stored = eventTimes.count < chunk.count ? [{ from: firstTime, to: lastTime }] : []
  return disjoint([...eventTimes.spans, ...stored])
}
