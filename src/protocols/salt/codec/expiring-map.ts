import type { Runtime } from '../../../event/runtime.js'

/**
 * Keeps values for at least `window` ms and at most twice as long. If there are too many entries, the oldest are
 * dropped early.
 */
export class ExpiringMap<Value> {
  readonly #runtime: Runtime
  readonly #window: number
  readonly #maxEntries: number
  #young = new Map<string, Value>()
  #old = new Map<string, Value>()
  #youngSince: number

  constructor(runtime: Runtime, window: number, most: number) {
    this.#runtime = runtime
    this.#window = window
    this.#maxEntries = most
    this.#youngSince = runtime.monotonic()
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(key: string): Value | undefined {
    this.#expire()
    return this.#young.get(key) ?? this.#old.get(key)
  }

  set(key: string, value: Value): void {
    this.#expire()
    this.#young.set(key, value)
  }

  #expire(): void {
    const now = this.#runtime.monotonic()
    const age = now - this.#youngSince
    if (age < this.#window && this.#young.size < this.#maxEntries / 2) return
    this.#old = age < 2 * this.#window ? this.#young : new Map()
    this.#young = new Map()
    this.#youngSince = now
  }
}
