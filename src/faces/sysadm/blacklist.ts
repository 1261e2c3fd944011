import { networkOf } from '../../access/network.js'
import type { Runtime } from '../../event/runtime.js'
import type { SysadmConfig } from './config.js'

const MAX_NETWORKS = 10_000

interface Failures {
  count: number
  /** When the count starts again or the network is let in again, ms (monotonic). */
  until: number
}

/** Refuses networks from which too many logins have failed. */
export class Blacklist {
  readonly #runtime: Runtime
  readonly #settings: SysadmConfig['blacklist']
  readonly #exempt: ReadonlySet<string>
  /** Those whose last failure is longest ago first. */
  readonly #byNetwork = new Map<string, Failures>()
  /** The last check of each network that waits or runs. */
  readonly #checks = new Map<string, Promise<unknown>>()

  constructor(runtime: Runtime, settings: SysadmConfig['blacklist']) {
    this.#runtime = runtime
    this.#settings = settings
    this.#exempt = new Set(settings.exempt.map(networkOf))
  }

  refuses(address: string): boolean {
    const failures = this.#of(networkOf(address))
    return failures !== undefined && failures.count >= this.#settings.failures
  }

  /** Runs the checks of one network one after the other, so that none begins that should be refused by then. */
  async inTurn<Result>(address: string, check: () => Promise<Result>): Promise<Result> {
    const network = networkOf(address)
    const run = (this.#checks.get(network) ?? Promise.resolve()).then(check)
    const done = run.catch(() => undefined)
    this.#checks.set(network, done)
    try {
      return await run
    } finally {
      if (this.#checks.get(network) === done) this.#checks.delete(network)
    }
  }

  /** Counts a failed login. */
  fail(address: string): void {
    const network = networkOf(address)
    if (this.#exempt.has(network) || this.refuses(address)) return
    const count = (this.#of(network)?.count ?? 0) + 1
    const { failures, within, block } = this.#settings
    const until = this.#runtime.monotonic() + (count >= failures ? block : within)
    this.#byNetwork.delete(network)
    if (this.#byNetwork.size >= MAX_NETWORKS) this.#forgetOne()
    this.#byNetwork.set(network, { count, until })
  }

  /** Rather one that is not refused yet: nobody may get free by letting many others fail. */
  #forgetOne(): void {
    const [oldest] = this.#byNetwork.keys()
    const now = this.#runtime.monotonic()
    for (const [network, { count, until }] of this.#byNetwork) {
      if (count >= this.#settings.failures && until > now) continue
      this.#byNetwork.delete(network)
      return
    }
    this.#byNetwork.delete(oldest)
  }

  #of(network: string): Failures | undefined {
    const failures = this.#byNetwork.get(network)
    return failures !== undefined && failures.until > this.#runtime.monotonic() ? failures : undefined
  }
}
