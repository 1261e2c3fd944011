import type { Principal } from '../../bus/principal.js'
import { type StrangerLimits, Strangers } from './strangers.js'

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

  /** Sets the bytes of this holder. Returns false if the total would be over the limit, and always after that. */
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
  /** Connections of all faces together. */
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

/** Connections that only unix sockets may use: at most this number, and at most this share of all. */
const LOCAL_RESERVE = 64
const LOCAL_SHARE = 1 / 10
/** Connections from the network that may be open before their peers are identified. */
const MIN_STRANGERS = 16
const MAX_STRANGERS = 4096
const STRANGERS_SHARE = 1 / 4

/** The resources that all faces of a hub share. */
export class Budgets implements HalfReceived {
  readonly limits: SharedLimits
  /** Connections from the network whose peers are not identified. */
  readonly strangers = new Strangers(() => this.#strangerLimits)
  /** The running requests of all faces. */
  readonly requests: RequestSlots
  /** Files that connections may use, whatever the configured limit is. */
  readonly #files: number
  #connections = 0
  #accepted = 0
  #halfReceived = 0

  constructor(
    limits: SharedLimits = { ...DEFAULT_SHARED_LIMITS },
    { requestsInAll = 256, requestsOfOne = 64 }: Partial<RequestSlotLimits> = {},
    files = Number.POSITIVE_INFINITY,
  ) {
    this.limits = limits
    this.#files = files
    this.requests = new RequestSlots({ requestsInAll, requestsOfOne })
  }

  /** Number of connections accepted since the start. */
  get acceptedConnections(): number {
    return this.#accepted
  }

  /** The limit of connections in force: the configured one, if the process may open so many files. */
  get maxConnections(): number {
    return Math.min(this.limits.connections, this.#files)
  }

  /**
   * Returns false if there are too many; otherwise `releaseConnection` must be called when the connection closes. Some
   * are reserved for local connections (unix sockets), so that nobody in the network can keep the owner out.
   */
  takeConnection(isLocal = false): boolean {
    const { maxConnections } = this
    const reserved = isLocal ? 0 : Math.min(LOCAL_RESERVE, Math.floor(maxConnections * LOCAL_SHARE))
    if (this.#connections >= maxConnections - reserved) return false
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

  get #strangerLimits(): StrangerLimits {
    const share = Math.floor(this.maxConnections * STRANGERS_SHARE)
    const all = Math.max(MIN_STRANGERS, Math.min(MAX_STRANGERS, share))
    return { all, ofNetwork: Math.ceil(all / 2) }
  }
}

/** Limits of concurrent requests: in total, and for one principal over all its connections. */
export interface RequestSlotLimits {
  requestsInAll: number
  requestsOfOne: number
}

/** Requests that wait for others without a slot. */
const MAX_ASIDE = 1000

/** Counts the running requests of each principal. */
export class RequestSlots {
  readonly #limits: RequestSlotLimits
  readonly #byPrincipal = new Map<string, number>()
  #taken = 0
  #aside = 0

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
    this.#occupy(name)
    return true
  }

  /**
   * Gives the slot of a running request to others while it only waits, unless too many wait already. It gets its slot back
   * even if there is none.
   */
  async aside<Result>(principal: Principal, wait: Promise<Result>): Promise<Result> {
    if (this.#aside >= MAX_ASIDE) return wait
    this.#aside++
    this.release(principal)
    try {
      return await wait
    } finally {
      this.#aside--
      this.#occupy(principal.name)
    }
  }

  #occupy(name: string): void {
    this.#byPrincipal.set(name, (this.#byPrincipal.get(name) ?? 0) + 1)
    this.#taken++
  }

  release({ name }: Principal): void {
    const left = (this.#byPrincipal.get(name) ?? 1) - 1
    if (left === 0) this.#byPrincipal.delete(name)
    else this.#byPrincipal.set(name, left)
    this.#taken--
  }
}
