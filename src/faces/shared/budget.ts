import type { Principal } from '../../bus/principal.js'

/** Counts the half-received bytes of all connections. */
export interface HalfReceived {
  /** Adds to the total. Returns false if the total is over the limit. */
  countHalfReceived(change: number): boolean
}

/**
 * The share of one request or connection in the memory for half-received input. A holder that is refused is about to
 * close and is no longer counted, so that its bytes are available to others at once.
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

  /** Sets the bytes of this holder. Returns false if the total is over the limit, and from then on. */
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

/** Limits that all faces share. The configuration sets them, and a reload changes them in place. */
export interface SharedLimits {
  connections: number
  /** Concurrent requests of one connection. */
  requests: number
  /** Bytes received of incomplete records, messages and bodies. */
  halfReceived: number
}

export const DEFAULT_SHARED_LIMITS: SharedLimits = {
  connections: 20_000,
  requests: 16,
  halfReceived: 256 * 1024 * 1024,
}

/** The resources that all faces of a hub share. */
export class Budgets implements HalfReceived {
  readonly limits: SharedLimits
  /** The running requests of all faces. */
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

  /** Number of connections accepted since the start. */
  get acceptedConnections(): number {
    return this.#accepted
  }

  /** Returns false if there are too many; otherwise `releaseConnection` must be called when the connection closes. */
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

/** Limits of concurrent requests: in total, and for one principal over all its connections. */
export interface RequestSlotLimits {
  requestsInAll: number
  requestsOfOne: number
}

/** Counts the running requests of each principal. */
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

  /** Returns false if too many requests are running. */
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
