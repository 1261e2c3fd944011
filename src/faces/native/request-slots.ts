import type { Principal } from '../../bus/principal.js'

/** Requests that run at once: for all, and for one principal over all its connections. */
export interface RequestSlotLimits {
  requestsInAll: number
  requestsOfOne: number
}

/** Who has how many requests running. */
export class RequestSlots {
  readonly #limits: RequestSlotLimits
  readonly #byPrincipal = new Map<string, number>()
  #taken = 0

  constructor(limits: RequestSlotLimits) {
    this.#limits = limits
  }

  get taken(): number {
    return this.#taken
  }

  /** False when too many run. */
  take({ name }: Principal): boolean {
    const own = this.#byPrincipal.get(name) ?? 0
    const { requestsInAll, requestsOfOne } = this.#limits
    if (this.#taken >= requestsInAll || own >= requestsOfOne) return false
    this.#byPrincipal.set(name, own + 1)
    this.#taken++
    return true
  }

  release({ name }: Principal): void {
    const left = (this.#byPrincipal.get(name) ?? 1) - 1
    if (left === 0) this.#byPrincipal.delete(name)
    else this.#byPrincipal.set(name, left)
    this.#taken--
  }
}
