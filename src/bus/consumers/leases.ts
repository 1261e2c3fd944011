import type { Cancel, Runtime } from '../../event/runtime.js'
import type { Bucket, StateChange } from '../../state/state-store.js'

/** A hub as the others see it: its name, and where clients reach it. */
export interface ServingHub {
  name: string
  address?: string
}

export interface LeasesOptions {
  bucket: Bucket
  runtime: Runtime
  hub: ServingHub
  /** A hub that has not renewed its lease for this time is taken for dead, ms. */
  ttl: number
  /** Called when the lease of this hub has ended: others may take over what it had. */
  ended(): void
}

interface Seen {
  revision: number
  /** When this hub first saw this revision, ms (monotonic). */
  at: number
}

/** Leases older than this are removed from the store, ms: much longer than a hub may be cut off from it. */
export const LEASE_KEPT = 24 * 3600_000
/** Part of its time to live for which a lease holds: the rest is for what is still under way when it ends. */
const HELD_PART = 0.85
const RENEWALS = 3

/**
 * The leases by which hubs that share a store know which of them are alive: one record for each hub, written again
 * and again. No clock is compared with that of another machine. A hub counts from before it sends its renewal; the
 * others count from when they have seen it, and ask the store again before they take a hub for dead.
 */
export class Leases {
  /** Names this hub while its lease lasts: after that, it is another one, and the claims of the first are over. */
  session: string
  readonly #options: LeasesOptions
  readonly #seen = new Map<string, Seen>()
  readonly #unwatch: () => void
  #validUntil = Number.NEGATIVE_INFINITY
  #wasValid = false
  #hasEnded = false
  #cancelRenewal: Cancel = () => undefined
  #cancelEnd: Cancel = () => undefined
  #isClosed = false

  private constructor(options: LeasesOptions) {
    this.#options = options
    this.session = this.#newSession()
    this.#unwatch = options.bucket.watch('', (change) => this.#follow(change))
  }

  /** Resolves when this hub has its lease, or has tried once. */
  static async open(options: LeasesOptions): Promise<Leases> {
    const leases = new Leases(options)
    for await (const { key, revision } of options.bucket.list()) leases.#note(key, revision)
    await leases.#renew()
    return leases
  }

  /** True if this hub may serve what it has claimed. */
  get isValid(): boolean {
    return this.#options.runtime.monotonic() < this.#validUntil
  }

  /** Resolves with false if the hub has not renewed its lease for longer than it may. */
  async isAlive(session: string): Promise<boolean> {
    if (session === this.session) return true
    const entry = await this.#options.bucket.get(session)
    if (entry === undefined) return false
    const { at } = this.#note(session, entry.revision)
    return this.#options.runtime.monotonic() - at < this.#options.ttl
  }

  /** Ends the lease, so that others take over without a delay. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#cancelRenewal()
    this.#cancelEnd()
    this.#unwatch()
    this.#validUntil = Number.NEGATIVE_INFINITY
    await this.#options.bucket.delete(this.session).catch(() => undefined)
  }

  #follow(change: StateChange): void {
    if (change.type === 'put') this.#note(change.key, change.revision)
    else this.#seen.delete(change.key)
    // Without the record, the others take this hub for dead.
    if (change.type === 'delete' && change.key === this.session) this.#end()
  }

  #note(session: string, revision: number): Seen {
    const known = this.#seen.get(session)
    if (known !== undefined && known.revision >= revision) return known
    const seen = { revision, at: this.#options.runtime.monotonic() }
    this.#seen.set(session, seen)
    return seen
  }

  async #renew(): Promise<void> {
    const { bucket, runtime, hub, ttl } = this.#options
    const before = this.session
    if (this.#hasEnded) this.session = this.#newSession()
    this.#hasEnded = false
    const sent = runtime.monotonic()
    try {
      await bucket.put(this.session, Buffer.from(JSON.stringify(hub)))
      if (before !== this.session) await bucket.delete(before)
      if (!this.#isClosed) this.#holdUntil(sent + ttl * HELD_PART)
    } catch {
      // The lease ends by itself if no later attempt succeeds.
    }
    if (this.#isClosed) return
    const next = sent + ttl / RENEWALS - runtime.monotonic()
    this.#cancelRenewal = runtime.after(Math.max(next, ttl / RENEWALS / 10), () => void this.#renew())
  }

  #holdUntil(time: number): void {
    const { runtime } = this.#options
    // A renewal that took too long finds that its lease has ended before it began.
    if (!this.isValid) this.#end()
    if (this.#hasEnded) return
    this.#validUntil = time
    this.#wasValid = this.isValid
    this.#cancelEnd()
    this.#cancelEnd = runtime.after(Math.max(0, time - runtime.monotonic()), () => this.#end())
  }

  #end(): void {
    this.#validUntil = Number.NEGATIVE_INFINITY
    if (!this.#wasValid) return
    this.#wasValid = false
    this.#hasEnded = true
    this.#options.ended()
  }

  #newSession(): string {
    return Buffer.from(this.#options.runtime.random(12)).toString('hex')
  }
}
