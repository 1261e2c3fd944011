/** How far back the plots go. */
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

/** How fast a counter rises. */
export class Rate {
  readonly series = new Series()
  #last: { time: number; count: number } | undefined

  /** The counter begins again when the hub does. Of a time in which nobody asked, only the average is known. */
  add(time: number, count: number): void {
    const last = this.#last
    if (last !== undefined && time <= last.time) return
    this.#last = { time, count }
    if (last === undefined) return
    const isSame = count >= last.count
    this.series.add(time, isSame ? ((count - last.count) * 1000) / (time - last.time) : undefined)
  }

  get now(): number | undefined {
    return this.series.points.at(-1)?.value
  }
}

/** What the hub has stored, and what this page has seen before the hub was started and since the last stored point. */
export function joined(stored: readonly Point[], { points }: Series): readonly Point[] {
  const begin = stored.at(0)?.time ?? Number.POSITIVE_INFINITY
  const end = stored.at(-1)?.time ?? Number.POSITIVE_INFINITY
  return [...points.filter(({ time }) => time < begin), ...stored, ...points.filter(({ time }) => time > end)]
}
