import type { CountWithin } from './rule.js'

const MICROS = 1000

/** A guard against floods of actions. */
export class ActionRate {
  readonly #most: CountWithin
  #since = 0
  #count = 0

  constructor(most: CountWithin) {
    this.#most = most
  }

  /** Counts an action, at a time in µs, and returns whether it is one too many. */
  isOver(time: number): boolean {
    const { count, within } = this.#most
    if (time >= this.#since + within * MICROS) this.restore([time, 0])
    return ++this.#count > count
  }

  get text(): string {
    const { count, within } = this.#most
    return `it has acted ${count} times within ${within / 1000} s`
  }

  snapshot(): [since: number, count: number] {
    return [this.#since, this.#count]
  }

  restore([since, count]: readonly [since: number, count: number]): void {
    this.#since = since
    this.#count = count
  }
}
