import type { FailedDelivery } from './history.js'

/** Failures of a delivery after which single later events may come before it. */
const TRIES = 2
/** Events that may do so at one time: one, and one that was on the way for long. */
const MOST = 2

/** Events that were not taken again and again, and how many later ones may still come before each. */
export class PassedOver {
  readonly #failed: readonly FailedDelivery[]
  readonly #failures = new Map<number, number>()
  readonly #allowed = new Map<number, number>()
  readonly #taken = new Set<number>()
  #next = 0

  constructor(failed: readonly FailedDelivery[]) {
    this.#failed = failed
  }

  /** Returns the first event that the one at the place has passed over, if it may; `index` in what was delivered. */
  before(place: number, index: number): number | undefined {
    for (; (this.#failed[this.#next]?.after ?? Number.POSITIVE_INFINITY) <= index; this.#next++)
      for (const each of this.#failed[this.#next].places) this.#note(each)
    const passed = [...this.#allowed.keys()].filter((each) => each < place)
    if (passed.length === 0) return undefined
    const first = Math.min(...passed)
    const left = this.#allowed.get(first)! - 1
    if (left > 0) this.#allowed.set(first, left)
    else this.#allowed.delete(first)
    return first
  }

  taken(place: number): void {
    this.#taken.add(place)
    this.#allowed.delete(place)
  }

  #note(place: number): void {
    const failures = (this.#failures.get(place) ?? 0) + 1
    this.#failures.set(place, failures)
    if (failures < TRIES || this.#taken.has(place)) return
    this.#allowed.set(place, Math.min(MOST, (this.#allowed.get(place) ?? 0) + 1))
  }
}
