import { TocsinError } from '../errors/tocsin-error.js'
import type { Runtime } from '../event/runtime.js'
import { networkOf } from './network.js'

/** Failures that one network may have within the window. */
const MAX_FAILURES = 20
const WINDOW = 60_000
const MAX_ADDRESSES = 10_000

interface Failures {
  count: number
  /** Monotonic time at which the window ends, ms. */
  until: number
}

/** Counts failed attempts by network. Peers on a unix socket have no address and are not counted. */
export class Attempts {
  readonly #runtime: Runtime
  readonly #byNetwork = new Map<string, Failures>()

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /** Throws TCN_ACCESS_TRIES after too many failures. Call it before spending work on another attempt. */
  check(address: string | undefined): void {
    const failures = this.#of(address)
    if (failures === undefined || failures.count < MAX_FAILURES) return
    const seconds = Math.ceil((failures.until - this.#runtime.monotonic()) / 1000)
    throw new TocsinError('TCN_ACCESS_TRIES', `too many failed attempts; try again in ${seconds} s`, {
      details: { retryAfter: seconds },
    })
  }

  /** Counts a failure and throws its error, or TCN_ACCESS_TRIES if there were too many. */
  fail(address: string | undefined, error = new TocsinError('TCN_ACCESS_TOKEN')): never {
    this.check(address)
    this.#count(address)
    throw error
  }

  #of(address: string | undefined): Failures | undefined {
    if (address === undefined) return undefined
    const failures = this.#byNetwork.get(networkOf(address))
    return failures !== undefined && failures.until > this.#runtime.monotonic() ? failures : undefined
  }

  #count(address: string | undefined): void {
    if (address === undefined) return
    const failures = this.#of(address)
    if (failures !== undefined) {
      failures.count++
      return
    }
    const network = networkOf(address)
    this.#byNetwork.delete(network)
    if (this.#byNetwork.size >= MAX_ADDRESSES) {
      const [oldest] = this.#byNetwork.keys()
      this.#byNetwork.delete(oldest)
    }
    this.#byNetwork.set(network, { count: 1, until: this.#runtime.monotonic() + WINDOW })
  }
}
