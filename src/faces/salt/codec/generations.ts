import type { Runtime } from '../../../event/runtime.js'

/** Remembers keys for at least `window` ms, at most twice as long; of too many the oldest are forgotten. */
export class Generations<Value> {
  readonly #runtime: Runtime
  readonly #window: number
  readonly #most: number
  #young = new Map<string, Value>()
  #old = new Map<string, Value>()
  #turnedAt: number

  constructor(runtime: Runtime, window: number, most: number) {
    this.#runtime = runtime
    this.#window = window
    this.#most = most
    this.#turnedAt = runtime.monotonic()
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(key: string): Value | undefined {
    this.#turn()
    return this.#young.get(key) ?? this.#old.get(key)
  }

  set(key: string, value: Value): void {
    this.#turn()
    this.#young.set(key, value)
  }

  #turn(): void {
    const now = this.#runtime.monotonic()
    const age = now - this.#turnedAt
    if (age < this.#window && this.#young.size < this.#most / 2) return
    this.#old = age < 2 * this.#window ? this.#young : new Map()
    this.#young = new Map()
    this.#turnedAt = now
  }
}
