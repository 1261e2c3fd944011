import type { TocsinError } from '../errors/tocsin-error.js'
import type { Cancel, Runtime } from '../event/runtime.js'
import type { Lease as LogLease } from '../log/jetstream/log-options.js'
import { toNatsError } from '../storage/nats/nats-error.js'
import { NatsFault, Refusal } from '../storage/nats/nats-fault.js'
import type { Lease, LeaseBucket, LeaseRecord } from './lease-bucket.js'

/** Part of the time to live for which a lease is given up before the bucket drops it. */
const MARGIN = 0.15
/** Renewals within a time to live. */
const RENEWALS = 5
/** Pause after an answer that did not come, ms. */
const RETRY_MS = 250
/** Interval at which a hub checks that the holder is connected to NATS, ms. */
const WATCH_MS = 500
/** Times that the holder was not connected, one after another, after which it counts as gone. */
const ABSENCES = 2

export interface ElectionOptions {
  runtime: Runtime
  bucket: LeaseBucket
  /** This hub. */
  self: Omit<LeaseRecord, 'term'>
  /** Called when this hub has won: it may act while the lease is held. */
  won(lease: LogLease): void
  /** Called when the lease that was won is over. */
  lost(): void
  /** Called with the holder of the lease after each look at the bucket; undefined if there is none. */
  seen(record: LeaseRecord | undefined): void
  /** Called each time that the bucket could not be read or written. */
  failed?(error: TocsinError): void
  /** Resolves with whether NATS knows that the holder is not connected to it. */
  isAbsent?(holder: LeaseRecord): Promise<boolean>
}

/**
 * Decides which hub tries to be the primary. A lease lasts from before its last renewal was sent until somewhat before
 * its record expires, by a monotonic clock, so that a process that stood still finds it expired. The election cannot
 * decide who writes: between a look at the clock and an act there is always time to stand still. That is for the log.
 */
export class Election {
  /** Why this hub could not read or write the bucket the last time. */
  fault: TocsinError | undefined
  readonly #options: ElectionOptions
  readonly #runtime: Runtime
  #term = 0
  /** Time to live, ms. */
  #ttl = 0
  /** Until when the lease is held, monotonic ms; 0 if it is not. */
  #until = 0
  /** Until when this hub does not stand, so that another one can win. */
  #restsUntil = 0
  /** Number of leases that were won. */
  #nth = 0
  /** The last write that this hub has seen, and when it saw it first, monotonic ms. */
  #latest = { revision: 0, at: 0 }
  /** Times that the holder was not connected, one after another. */
  #absences = 0
  #isEnding = false
  #isStopped = false
  /** Somebody has said that the lease is free, while this hub was at something else. */
  #isCalled = false
  #wake: () => void = () => undefined
  #running: Promise<void> | undefined

  constructor(options: ElectionOptions) {
    this.#options = options
    this.#runtime = options.runtime
  }

  get isHeld(): boolean {
    return !this.#isEnding && this.#runtime.monotonic() < this.#until
  }

  get #hasLapsed(): boolean {
    return this.#until > 0 && this.#runtime.monotonic() >= this.#until
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Says which term this hub leads, to those that look at the bucket. */
  lead(term: number): void {
    this.#term = term
    this.#wake()
  }

  /** Gives the lease up, and lets another hub win it. `rest`: how long this hub does not stand, ms. */
  stepDown(rest = this.#ttl): void {
    this.#restsUntil = this.#runtime.monotonic() + rest
    this.#isEnding = this.#until > 0
    this.#wake()
  }

  /** Looks at the bucket at once: somebody has said that the lease is free. */
  look(): void {
    if (this.isHeld) return
    this.#isCalled = true
    this.#wake()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.stepDown()
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const pause = await this.#stand().catch((thrown) => {
        this.#failed(thrown)
        return RETRY_MS
      })
      await this.#sleep(this.#isCalled ? 0 : pause)
    }
  }

  /** Tries to win, and holds the lease if it does. Resolves with the pause until the next try. */
  async #stand(): Promise<number> {
    const { bucket, seen } = this.#options
    this.#isCalled = false
    const lease = await bucket.read()
    const holder = this.#holderOf(lease)
    if (holder !== undefined) this.fault = undefined
    seen(holder)
    const rest = this.#restsUntil - this.#runtime.monotonic()
    if (holder !== undefined || rest > 0) return this.#watch(holder, rest)
    const won = await this.#win(lease.revision)
    // Not everybody at the same moment.
    const spread = (this.#runtime.random(1)[0] / 256) * RETRY_MS
    if (won === undefined || this.#isStopped) return spread
    await this.#hold(won)
    return spread
  }

  /**
   * Returns who holds the lease. Nobody does if its record was not renewed while this hub looked: the clock of a server
   * may be wrong, and a server may keep what has expired.
   */
  #holderOf({ ttl, revision, record, isWhole }: Lease): LeaseRecord | undefined {
    this.#ttl = ttl
    const now = this.#runtime.monotonic()
    if (this.#latest.revision !== revision) this.#latest = { revision, at: now }
    const age = now - this.#latest.at
    // A holder that is cut off together with its server believes in its lease until that ends.
    const isGone = isWhole && this.#absences >= ABSENCES && age > this.#interval * (1 + MARGIN)
    return isGone || age > ttl * (1 + MARGIN) ? undefined : record
  }

  /** Waits for a time until the next look, which is soon if the holder is not connected to NATS any more. */
  async #watch(holder: LeaseRecord | undefined, rest: number): Promise<number> {
    const end =
      this.#runtime.monotonic() + (holder === undefined ? Math.min(rest, this.#interval) : this.#interval)
    while (this.#runtime.monotonic() < end && !this.#isStopped && !this.#isCalled) {
      await this.#sleep(Math.min(WATCH_MS, end - this.#runtime.monotonic()))
      if (holder === undefined) continue
      const isAbsent = await this.#isAbsent(holder)
      this.#absences = isAbsent ? this.#absences + 1 : 0
      if (isAbsent) return RETRY_MS
    }
    return 0
  }

  /** Resolves with false as soon as something else is to be done: a holder that leaves does not answer any more. */
  #isAbsent(holder: LeaseRecord): Promise<boolean> {
    return new Promise((resolve) => {
      this.#wake = () => resolve(false)
      const asked = this.#options.isAbsent?.(holder) ?? Promise.resolve(false)
      void asked.then(resolve, () => resolve(false))
    })
  }

  /** Resolves with the revision of the record of this hub, if nobody was faster. */
  async #win(revision: number): Promise<number | undefined> {
    this.#absences = 0
    try {
      const created = await this.#options.bucket.write(this.#record, revision)
      this.fault = undefined
      this.#isEnding = false
      // If two hubs got the answer that they have written, only one can write after that.
      const renewed = await this.#renew(created)
      return this.isHeld ? renewed : undefined
    } catch (thrown) {
      if (!isOfAnother(thrown)) throw thrown
      return undefined
    }
  }

  /** Renews the lease until it is lost or given up. */
  async #hold(won: number): Promise<void> {
    const { self, won: announce, lost, seen } = this.#options
    const nth = ++this.#nth
    announce({ owner: self.name, isHeld: () => nth === this.#nth && this.isHeld })
    let revision: number | undefined = won
    while (revision !== undefined && this.isHeld) {
      seen(this.#record)
      await this.#sleep(Math.min(this.#interval, this.#until - this.#runtime.monotonic()))
      if (this.isHeld) revision = await this.#renew(revision)
    }
    this.#until = 0
    this.#term = 0
    if (this.#isEnding && revision !== undefined)
      await this.#options.bucket.remove(revision).catch(() => undefined)
    this.#isEnding = false
    lost()
  }

  /** Resolves with the new revision, with that of an earlier renewal without an answer, or with undefined: it is lost. */
  async #renew(revision: number): Promise<number | undefined> {
    const sent = this.#runtime.monotonic()
    try {
      const renewed = await this.#options.bucket.write(this.#record, revision)
      // A run that has found the lease over has ended with it, and begins again with another lease only.
      if (this.#hasLapsed) this.#isEnding = true
      else this.#until = sent + this.#ttl * (1 - MARGIN)
      this.fault = undefined
      return renewed
    } catch (thrown) {
      if (!isOfAnother(thrown)) this.#failed(thrown)
      return await this.#ownRevision(revision)
    }
  }

  /** A renewal that was refused or not answered may have been stored. */
  async #ownRevision(revision: number): Promise<number | undefined> {
    try {
      const lease = await this.#options.bucket.read()
      const isOwn = lease.record?.id === this.#options.self.id
      if (isOwn && lease.revision !== revision) return await this.#renew(lease.revision)
      if (!isOwn) return undefined
    } catch {
      // Nobody answers: the lease is held until it expires.
    }
    await this.#sleep(RETRY_MS)
    return this.isHeld ? this.#renew(revision) : undefined
  }

  #failed(thrown: unknown): void {
    this.fault = toNatsError(thrown)
    this.#options.failed?.(this.fault)
  }

  get #record(): LeaseRecord {
    return { ...this.#options.self, term: this.#term }
  }

  get #interval(): number {
    return this.#ttl / RENEWALS
  }

  /** Resolves after `ms`, and before if something is to be done. */
  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        cancel()
        this.#wake = () => undefined
        resolve()
      }
      const cancel: Cancel = this.#runtime.after(Math.max(0, ms), end)
      this.#wake = end
      if (this.#isStopped) end()
    })
  }
}

/** Returns whether a write was refused because somebody else, or an earlier try without an answer, was faster. */
function isOfAnother(thrown: unknown): boolean {
  return NatsFault.is(thrown, Refusal.wrongLastSequence)
}
