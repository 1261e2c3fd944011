import type { CollectorContext } from './collector.js'

/** A value must fall below a threshold by this part of it before the threshold is no longer reached. */
const HYSTERESIS = 0.05

/** Returns the number of thresholds reached, if `level` were reached before. */
export function nextLevel(value: number, level: number, thresholds: readonly number[]): number {
  const reached = thresholds.filter((threshold) => value >= threshold).length
  if (reached >= level) return reached
  const held = thresholds.filter((threshold) => value >= threshold * (1 - HYSTERESIS)).length
  return Math.min(level, held)
}

export interface SampleOptions {
  /** ms */
  interval: number
  thresholds: readonly number[]
}

/** A value that is published at an interval, and at once when it passes a threshold. */
export class Sampled {
  readonly #context: CollectorContext
  readonly #options: SampleOptions
  #level = 0
  #due = Number.NEGATIVE_INFINITY
  #failed = false

  constructor(context: CollectorContext, options: SampleOptions) {
    this.#context = context
    this.#options = options
  }

  /** Publishes the data if it is time for that, or if `value` has passed a threshold. */
  observe(path: string, value: number, data: Record<string, unknown>): void {
    const now = this.#context.runtime.monotonic()
    const level = nextLevel(value, this.#level, this.#options.thresholds)
    if (level === this.#level && now < this.#due) return
    if (!this.#context.publish(path, { ...data, level })) {
      this.#failed = true
      return
    }
    this.#reportMissed(now)
    this.#level = level
    this.#due = now + this.#options.interval
  }

  #reportMissed(now: number): void {
    const missed = this.#failed ? Math.floor((now - this.#due) / this.#options.interval) : 0
    this.#failed = false
    if (missed > 0 && Number.isFinite(missed)) {
      this.#context.lost(missed, 'the hub accepted no events when a sample was due')
    }
  }
}
