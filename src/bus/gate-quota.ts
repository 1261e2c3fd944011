import type { Principal } from './principal.js'

const MAX_GATES_PER_PRINCIPAL = 1000
const MAX_GATES = 10_000

/** Limits the gates that are held, by each principal and by all together: each takes memory and a timer. */
export class GateQuota {
  readonly #held = new Map<string, number>()
  #total = 0

  /** Counts one gate more; returns false if there are too many. */
  take({ name }: Principal): boolean {
    const held = this.#held.get(name) ?? 0
    if (held >= MAX_GATES_PER_PRINCIPAL || this.#total >= MAX_GATES) return false
    this.#held.set(name, held + 1)
    this.#total++
    return true
  }

  giveBack({ name }: Principal): void {
    const held = (this.#held.get(name) ?? 0) - 1
    if (held > 0) this.#held.set(name, held)
    else this.#held.delete(name)
    this.#total--
  }
}
