import { MOST_EVENTS } from './made-events.js'

/** Numbers the events that a rule makes. */
export class MadeCounters {
  /** Causes lead to events in another order than their own, or one to events of several groups. */
  readonly #isOutOfOrder: boolean
  /** The counter of the last event that it may have made. */
  #last = 0

  constructor(isOutOfOrder: boolean) {
    this.#isOutOfOrder = isOutOfOrder
  }

  /**
   * Returns the counter of the first event that it may make for a cause. Counters rise; where causes come in another
   * order, they rise with what was made before, which the snapshot says.
   */
  firstFor(seq: number): number {
    const usual = MOST_EVENTS * seq
    if (!this.#isOutOfOrder) return usual
    const first = Math.max(usual, this.#last + 1)
    this.#last = first + MOST_EVENTS - 1
    return first
  }

  /** Nothing if counters follow from their causes alone. */
  snapshot(): { counter?: number } {
    return this.#isOutOfOrder ? { counter: this.#last } : {}
  }

  restore(last: number | null | undefined): void {
    this.#last = last ?? 0
  }
}
