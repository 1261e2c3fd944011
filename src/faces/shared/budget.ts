import type { Principal } from '../../bus/principal.js'

/** Counts what is half received over all connections. */
export interface HalfReceived {
  /** False when it is too much in all. */
  countHalfReceived(change: number): boolean
}

/**
 * What one request or connection holds of the memory that all share for what is half received. Whoever is refused is
 * about to go and counts no more: others have its room at once, and are not refused for its sake.
 */
export class HeldBytes {
  readonly #shared: HalfReceived
  #bytes = 0
  #isRefused = false

  constructor(shared: HalfReceived) {
    this.#shared = shared
  }

  get bytes(): number {
    return this.#bytes
  }

  /** False when all together hold too much, and from then on. */
  set(bytes: number): boolean {
    if (this.#isRefused) return false
    const change = bytes - this.#bytes
    if (change === 0) return true
    this.#bytes = bytes
    if (this.#shared.countHalfReceived(change)) return true
    this.#shared.countHalfReceived(-bytes)
    this.#bytes = 0
    this.#isRefused = true
    return false
  }
}

/** Bounds over all faces. The configuration sets them, and a reload changes them in place. */
export interface SharedLimits {
  connections: number
  /** Requests of one connection that run at once. */
  requests: number
  /** Bytes received of records, messages and bodies that are not complete. */
  halfReceived: number
}

export const DEFAULT_SHARED_LIMITS: SharedLimits = {
  connections: 20_000,
  requests: 16,
  halfReceived: 256 * 1024 * 1024,
}

/** What all faces of a hub together may use. */
export class Budgets implements HalfReceived {
  readonly limits: SharedLimits
  /** The requests that run, whichever face they came in by. */
  readonly requests: RequestSlots
  #connections = 0
  #accepted = 0
  #halfReceived = 0

  constructor(
    limits: SharedLimits = { ...DEFAULT_SHARED_LIMITS },
    { requestsInAll = 256, requestsOfOne = 64 }: Partial<RequestSlotLimits> = {},
  ) {
    this.limits = limits
    this.requests = new RequestSlots({ requestsInAll, requestsOfOne })
  }

  /** Connections that were admitted since the start. */
  get acceptedConnections(): number {
    return this.#accepted
  }

  /** False when there are too many; otherwise `releaseConnection` is called when it closes. */
  takeConnection(): boolean {
    if (this.#connections >= this.limits.connections) return false
    this.#connections++
    this.#accepted++
    return true
  }

  releaseConnection(): void {
    this.#connections--
  }

  countHalfReceived(change: number): boolean {
    this.#halfReceived += change
    return change <= 0 || this.#halfReceived <= this.limits.halfReceived
  }
}

/** Requests that run at once: for all, and for one principal over all its connections. */
export interface RequestSlotLimits {
  requestsInAll: number
  requestsOfOne: number
}

/** Counts the requests that run, for each principal. */
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
