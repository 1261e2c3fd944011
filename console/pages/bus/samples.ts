import type { HistorySample } from '../../../src/methods/contract/index.js'

/** The period that the plots show. */
export const PERIOD_MS = 3_600_000
/** So that an hour has about as many points as a plot has pixels. */
const LEAST_MS = 5000

/** A point of a plot; without a value nothing is known of that time, and the line is interrupted. */
export interface Point {
  /** ms since the epoch */
  readonly time: number
  readonly value: number | undefined
}

/** Values of the last hour, less than a thousand. */
export class Series {
  #points: readonly Point[] = []

  get points(): readonly Point[] {
    return this.#points
  }

  /** Keeps a value. One that follows another at once replaces it. */
  add(time: number, value: number | undefined): void {
    const before = this.#points.at(-2)
    const isSoon = before !== undefined && time - before.time < LEAST_MS
    const kept = this.#points
      .slice(0, isSoon ? -1 : undefined)
      .filter((point) => time - point.time < PERIOD_MS)
    // A new list each time: what shows one compares it with the previous.
    this.#points = [...kept, { time, value }]
  }
}

/** The rate at which a counter rises. */
export class Rate {
  readonly series = new Series()
  #last: { time: number; count: number } | undefined

  /** The counter begins again when the hub does. Of a time in which nobody asked, only the average is known. */
  add(time: number, count: number): void {
    const last = this.#last
    this.#last = { time, count }
    if (last === undefined || time <= last.time) return
    const isSame = count >= last.count
    this.series.add(time, isSame ? ((count - last.count) * 1000) / (time - last.time) : undefined)
  }

  get now(): number | undefined {
    return this.series.points.at(-1)?.value
  }
}

/** The hub takes a sample this often. */
export const HISTORY_MS = 10_000

/** The samples of the hub in its last hour. They stay when the hub starts again. */
export class SampleHistory {
  #samples: readonly HistorySample[] = []

  /** The time of the latest sample, µs since the epoch. */
  get since(): number {
    return this.#samples.at(-1)?.time ?? 0
  }

  add(samples: readonly HistorySample[]): void {
    const { since } = this
    const all = [...this.#samples, ...samples.filter(({ time }) => time > since)]
    const begin = (all.at(-1)?.time ?? 0) - PERIOD_MS * 1000
    this.#samples = all.filter(({ time }) => time > begin)
  }

  /** One of the values, interrupted where the hub has taken no samples. */
  points(of: Exclude<keyof HistorySample, 'time'>): Point[] {
    let before = 0
    return this.#samples.flatMap((sample) => {
      const time = sample.time / 1000
      const isInterrupted = time - before > 3 * HISTORY_MS
      before = time
      const point = { time, value: sample[of] }
      return isInterrupted ? [{ time: time - HISTORY_MS, value: undefined }, point] : [point]
    })
  }
}

/** Joins the points that the hub has stored with those that are known of the time before and after them. */
export function joined(stored: readonly Point[], points: readonly Point[]): readonly Point[] {
  const begin = stored.at(0)?.time ?? Number.POSITIVE_INFINITY
  const end = stored.at(-1)?.time ?? Number.POSITIVE_INFINITY
  return [...points.filter(({ time }) => time < begin), ...stored, ...points.filter(({ time }) => time > end)]
}
