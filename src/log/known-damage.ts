import type { DamagedRange } from './event-log.js'

/** Further damaged ranges are not remembered, and so not announced. */
const MAX_RANGES = 1000

/** The damaged ranges that reads have met since the log was opened. */
export class KnownDamage {
  readonly #byEnd = new Map<number, DamagedRange>()
  #listener: ((damage: DamagedRange) => void) | undefined

  get all(): DamagedRange[] {
    return [...this.#byEnd.values()]
  }

  /** Announces the range to the listener unless it is known. */
  found(damage: DamagedRange): void {
    if (this.#byEnd.has(damage.to) || this.#byEnd.size >= MAX_RANGES) return
    this.#byEnd.set(damage.to, damage)
    this.#listener?.(damage)
  }

  onFound(listener: (damage: DamagedRange) => void): void {
    this.#listener = listener
  }
}
