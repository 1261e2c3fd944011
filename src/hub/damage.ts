import type { HubPublisher } from '../bus/api.js'

type HubEvent = Parameters<HubPublisher['emit']>[0]

/** Largest number of findings that are named; the rest is counted. */
const MAX_NAMED = 50

/** Damage that the hub has found in its data folder: a text for the operator and an event for each finding. */
export class Damage {
  readonly #texts: string[] = []
  readonly #waiting: HubEvent[] = []
  #unnamed = 0
  #emit: ((event: HubEvent) => void) | undefined

  /** What was found, for people. */
  get texts(): string[] {
    return this.#unnamed === 0
      ? [...this.#texts]
      : [...this.#texts, `${this.#unnamed} more findings like these`]
  }

  add(text: string, event: HubEvent): void {
    if (this.#texts.length === MAX_NAMED) {
      this.#unnamed++
      return
    }
    this.#texts.push(text)
    if (this.#emit === undefined) this.#waiting.push(event)
    else this.#emit(event)
  }

  /** Publishes what was found until now; what is found later is published at once. */
  announce(emit: (event: HubEvent) => void): void {
    this.#emit = emit
    for (const event of this.#waiting.splice(0)) emit(event)
  }
}
