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
  /** The place of an event that was sent alone, and may be on the way for long: of the first that was not taken then. */
  readonly #alone = new Map<number, number>()
  /** What was just taken after all: one later event may still be on the way. */
  #lastTaken: number | undefined
  #next = 0

  constructor(failed: readonly FailedDelivery[]) {
    this.#failed = failed
  }

  /** Returns the first event that the one at the place has passed over, if it may; `index` in what was delivered. */
  before(place: number, index: number): number | undefined {
    for (; (this.#failed[this.#next]?.after ?? Number.POSITIVE_INFINITY) <= index; this.#next++)
      this.#note(this.#failed[this.#next].places)
    if (this.#alone.has(place)) return this.#alone.get(place)
    const taken = this.#lastTaken
    this.#lastTaken = undefined
    const first = this.#firstBefore(place)
    if (taken !== undefined && taken < Math.min(place, first ?? place)) return taken
    if (first === undefined) return undefined
    const left = this.#allowed.get(first)! - 1
    if (left > 0) this.#allowed.set(first, left)
    else this.#allowed.delete(first)
    return first
  }

  taken(place: number): void {
    this.#taken.add(place)
    if (this.#allowed.delete(place)) this.#lastTaken = place
  }

  #firstBefore(place: number): number | undefined {
    const passed = [...this.#allowed.keys()].filter((each) => each < place)
    return passed.length > 0 ? Math.min(...passed) : undefined
  }

  #note(places: readonly number[]): void {
    const first = this.#firstBefore(places[0])
    if (places.length === 1 && first !== undefined) this.#alone.set(places[0], first)
    for (const place of places) this.#noteFailure(place)
  }

  #noteFailure(place: number): void {
    const failures = (this.#failures.get(place) ?? 0) + 1
    this.#failures.set(place, failures)
    if (failures < TRIES || this.#taken.has(place)) return
    this.#allowed.set(place, Math.min(MOST, (this.#allowed.get(place) ?? 0) + 1))
  }
}
