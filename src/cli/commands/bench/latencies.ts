import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'

export interface LatencyFigures {
  count: number
  /** µs, as all of these */
  p50: number
  p90: number
  p99: number
  p99_9: number
  max: number
}

/** Collects latencies in constant memory, exact to three digits. */
export class Latencies {
  readonly #nanos: RecordableHistogram = createHistogram()

  /** @param ms by `performance.now()` */
  add(ms: number): void {
    this.#nanos.record(Math.max(1, Math.round(ms * 1e6)))
  }

  get count(): number {
    return this.#nanos.count
  }

  get median(): number {
    return this.#nanos.percentile(50) / 1000
  }

  figures(): LatencyFigures | undefined {
    if (this.count === 0) return undefined
    const at = (percent: number) => micros(this.#nanos.percentile(percent))
    return {
      count: this.count,
      p50: at(50),
      p90: at(90),
      p99: at(99),
      p99_9: at(99.9),
      max: micros(this.#nanos.max),
    }
  }
}

function micros(nanos: number): number {
  return Math.round(nanos / 100) / 10
}
