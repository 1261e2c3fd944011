import type { Runtime } from '../event/runtime.js'

/** Limits what all subscribers catching up read per turn of the event loop, so that they never starve live ones. */
export class TickBudget {
  readonly #runtime: Runtime
  readonly #bytes: number
  #left: number
  #waiting: (() => void)[] = []

  constructor(runtime: Runtime, bytes: number) {
    this.#runtime = runtime
    this.#bytes = bytes
    this.#left = bytes
  }

  /** Returns undefined to continue at once, otherwise a promise to wait for first. */
  take(bytes: number): Promise<void> | undefined {
    this.#left -= bytes
    if (this.#left > 0) return undefined
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      if (this.#waiting.length === 1) this.#runtime.soon(this.#refill)
    })
  }

  #refill = (): void => {
    this.#left = this.#bytes
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}
