import type { Principal } from '../bus/principal.js'
import { TocsinError } from '../errors/tocsin-error.js'
import { type Cancel, type Runtime, withTimeout } from '../event/runtime.js'
import type { Bucket, StateChange, StateEntry } from '../state/index.js'
import type { Identity } from './identify.js'
import { hashOf, seal, unseal } from './secret.js'
import { LiveSession, type Session } from './session.js'
import { decodeSession, encodeSession, type Proof } from './session-record.js'
import { type KeptSession, SessionTable } from './session-table.js'
import type { Sessions as SessionNumbers } from './sessions.js'

/** Sessions of one kind, such as those of the console. Times in ms. */
export interface SessionKind {
  /** No other kind has it: `console`, `salt/master/login`. */
  readonly name: string
  newSecret(runtime: Runtime): string
  /** The form of the secrets. */
  readonly form: RegExp
  /** Longest duration of a session; default: unlimited. */
  readonly life?: number
  /** Time that a session may be unused; default: unlimited. */
  readonly idle?: number
  readonly most: number
  readonly mostOfOne: number
  /** True if the session unused for longest ends when there are too many in all; default: no other begins. */
  readonly givesWay?: boolean
  /** The names under which programs for NSO see the sessions; if absent, they see single requests. */
  readonly shown?: { readonly context: string; readonly protocol: string }
}

/** The facts about principals and their credentials that sessions need. */
export interface SessionAccess {
  find(name: string): Principal | undefined
  /** Returns undefined if the proof is no longer valid for the principal of this name. */
  resume(name: string, proof: Proof | undefined): Identity | undefined
  /** Tells of principals that are removed, until the returned function is called. */
  onRemoved(listener: (name: string) => void): () => void
}

export interface StoredSessionsOptions {
  bucket: Bucket
  runtime: Runtime
  access: SessionAccess
  kind: SessionKind
  numbers?: Pick<SessionNumbers, 'begin' | 'adopt' | 'end' | 'leave'>
}

export interface NewSession {
  identity: Identity
  /** The address of the peer that logs in. */
  address?: string
  /** A text that only the secret of the session opens. */
  hidden?: string
}

/** Entries of the bucket that nothing has removed go after this time, ms: longer than any session is unused. */
export const SESSIONS_KEPT = 21 * 86_400_000
/** A session that another hub has used is removed only then, ms: its last use may not be known here. */
const LEEWAY = 120_000
const MAX_WAIT = 3_600_000
const RETRY = 30_000
/** Questions to the store at the same time, and how long one may take, ms. */
const MAX_ASKING = 64
const ASK_MS = 5000
/** Time that a secret that the store does not know is refused without asking again, ms. */
const UNKNOWN_FOR = 5000
const MAX_UNKNOWN = 1000

/**
 * The sessions of all hubs that share the store. This hub keeps a view of all of them, which follows the store: a
 * request is answered without asking anybody. A session that began on another hub, or before a restart, is taken up
 * when somebody shows its secret here. Only hashes of secrets are kept.
 */
export class StoredSessions {
  readonly #options: StoredSessionsOptions
  readonly #table: SessionTable
  /** Keys of sessions that are over, until the store has removed them. */
  readonly #over = new Set<string>()
  /** Keys that the store does not have, and until when that is believed, ms (monotonic). */
  readonly #unknown = new Map<string, number>()
  /** The questions to the store that have no answer yet, by key. */
  readonly #asks = new Map<string, Promise<void>>()
  #timer: { at: number; cancel: Cancel } | undefined
  #leave: () => void = () => undefined
  #isOpen = false
  #isClosed = false

  private constructor(options: StoredSessionsOptions) {
    this.#options = options
    this.#table = new SessionTable(options.runtime, options.kind)
  }

  static async open(options: StoredSessionsOptions): Promise<StoredSessions> {
    const sessions = new StoredSessions(options)
    const { bucket, access } = options
    // Before the list is read, so that no change of another hub falls between the two.
    const unwatch = bucket.watch(sessions.#prefix, (change) => sessions.#follow(change))
    const forget = access.onRemoved((name) => sessions.#endAllOf(name))
    sessions.#leave = () => {
      unwatch()
      forget()
    }
    try {
      for await (const entry of bucket.list(sessions.#prefix)) sessions.#read(entry)
    } catch (error) {
      sessions.close()
      throw error
    }
    sessions.#table.sort()
    sessions.#isOpen = true
    sessions.#over.clear()
    // Removed while no hub ran: one that is added later is another.
    for (const kept of [...sessions.#table])
      if (access.find(kept.record.principal) === undefined) sessions.#endUnwatched(kept)
    return sessions
  }

  /**
   * Rejects with TCN_HTTP_TOO_MANY, and with TCN_ACCESS_TOKEN for credentials that have ended. A principal with too
   * many sessions loses the one unused for longest, also while that begins.
   */
  async begin(asked: NewSession): Promise<{ secret: string; session: Session }> {
    const { bucket, kind, runtime, numbers } = this.#options
    const { identity, address = '', hidden } = asked
    const { principal, proof } = identity
    if (identity.ended?.aborted) throw new TocsinError('TCN_ACCESS_TOKEN')
    this.#makeRoom(principal.name)
    const secret = kind.newSecret(runtime)
    const started = runtime.now()
    const { life = Number.POSITIVE_INFINITY } = kind
    const until = Math.min(started + life * 1000, proof?.until ?? Number.POSITIVE_INFINITY)
    const kept = this.#keep(this.#keyOf(secret), {
      principal: principal.name,
      ...(proof && { proof }),
      address,
      ...(hidden !== undefined && { sealed: seal(hidden, secret) }),
      started,
      used: started,
      ...(until < Number.POSITIVE_INFINITY && { until }),
    })
    const live = this.#bind(kept, identity, hidden)
    this.#use(kept)
    try {
      const revision = await bucket.compareAndSet(kept.key, encodeSession(kept.record), 0)
      kept.revision = Math.max(kept.revision, revision)
    } catch (error) {
      this.#drop(kept)
      throw error
    }
    if (!this.#table.has(kept)) throw this.#lost(identity)
    if (kind.shown !== undefined)
      live.usid = numbers?.begin(principal.name, kind.shown.context, `${kind.shown.protocol} ${address}`)
    return { secret, session: live }
  }

  /**
   * Finds the session that a secret belongs to, and counts as its use. Answers at once if this hub knows the session,
   * and otherwise asks the store. Rejects with TCN_ACCESS_BUSY if that is not possible.
   */
  find(secret: string): Session | undefined | Promise<Session | undefined> {
    if (!this.#options.kind.form.test(secret)) return undefined
    const key = this.#keyOf(secret)
    const kept = this.#table.get(key)
    return kept === undefined ? this.#ask(key, secret) : this.#admit(kept, secret)
  }

  /** Counts as a use of the session. Returns false if it is over. */
  renew(session: Session): boolean {
    const { key } = session as LiveSession
    const kept = this.#table.get(key)
    if (kept?.live !== session || !this.#isValid(kept)) return false
    this.#use(kept)
    return true
  }

  /** Ends the session at once, and on all hubs when it resolves. */
  async end(session: Session): Promise<void> {
    const kept = this.#table.get((session as LiveSession).key)
    if (kept?.live === session) await this.#end(kept)
  }

  /** The sessions go on, at other hubs or when this one has restarted. */
  close(): void {
    this.#isClosed = true
    this.#leave()
    this.#timer?.cancel()
    for (const { live } of this.#table) {
      live?.release()
      if (live?.usid !== undefined) this.#options.numbers?.leave(live.usid)
    }
  }

  get #prefix(): string {
    return `${this.#options.kind.name}/`
  }

  #keyOf(secret: string): string {
    return this.#prefix + hashOf(secret)
  }

  #admit(kept: KeptSession, secret: string): Session | undefined {
    if (!this.#isValid(kept)) return undefined
    kept.live ??= this.#takeUp(kept, secret)
    if (kept.live !== undefined) this.#use(kept)
    return kept.live
  }

  #isValid(kept: KeptSession): boolean {
    const { access } = this.#options
    const isOver = this.#table.isDue(kept)
    // A principal that was removed and added again is another one.
    const isAnother = kept.live !== undefined && access.find(kept.record.principal) !== kept.live.principal
    if (isOver || isAnother) this.#endUnwatched(kept)
    return !isOver && !isAnother
  }

  /** Takes up a session that began on another hub, or before a restart. Only its begin was told as such. */
  #takeUp(kept: KeptSession, secret: string): LiveSession | undefined {
    const { access, kind, numbers } = this.#options
    const { principal, proof, sealed, address } = kept.record
    const identity = access.resume(principal, proof)
    if (identity === undefined || identity.ended?.aborted) return undefined
    const live = this.#bind(kept, identity, sealed === undefined ? undefined : unseal(sealed, secret))
    if (kind.shown !== undefined)
      live.usid = numbers?.adopt(principal, kind.shown.context, `${kind.shown.protocol} ${address}`)
    return live
  }

  async #ask(key: string, secret: string): Promise<Session | undefined> {
    if (this.#over.has(key) || (this.#unknown.get(key) ?? 0) > this.#options.runtime.monotonic())
      return undefined
    await (this.#asks.get(key) ?? this.#askOnce(key))
    const kept = this.#table.get(key)
    if (kept !== undefined) return this.#admit(kept, secret)
    this.#isUnknown(key)
    return undefined
  }

  #askOnce(key: string): Promise<void> {
    if (this.#asks.size >= MAX_ASKING) throw busy()
    const asked = this.#lookUp(key).finally(() => {
      if (this.#asks.get(key) === asked) this.#asks.delete(key)
    })
    this.#asks.set(key, asked)
    return asked
  }

  async #lookUp(key: string): Promise<void> {
    const { bucket, runtime } = this.#options
    try {
      const entry = await withTimeout(runtime, ASK_MS, bucket.get(key))
      // Otherwise it was removed while the answer was on its way.
      if (entry !== undefined && this.#asks.has(key)) this.#read(entry)
    } catch (thrown) {
      if (!TocsinError.is(thrown)) throw busy()
      if (thrown.code !== 'TCN_STATE_CORRUPT') throw thrown
    }
  }

  #isUnknown(key: string): void {
    const [oldest] = this.#unknown.keys()
    if (this.#unknown.size >= MAX_UNKNOWN) this.#unknown.delete(oldest)
    this.#unknown.set(key, this.#options.runtime.monotonic() + UNKNOWN_FOR)
  }

  /** Takes over what was written, by this hub or by another one that shares the store. */
  #follow(change: StateChange): void {
    if (change.type === 'put') {
      this.#read(change)
      return
    }
    this.#asks.delete(change.key)
    if (!this.#isOpen) this.#over.add(change.key)
    const kept = this.#table.get(change.key)
    if (kept !== undefined) this.#drop(kept)
  }

  #read(entry: StateEntry): void {
    if (this.#over.has(entry.key)) return
    try {
      const record = decodeSession(entry)
      const kept = this.#table.get(entry.key) ?? this.#keep(entry.key, record)
      kept.revision = Math.max(kept.revision, entry.revision)
      this.#table.usedElsewhere(kept, record.used)
    } catch (thrown) {
      this.#options.bucket.reportDamage(entry.key, thrown)
    }
  }

  #keep(key: string, record: KeptSession['record']): KeptSession {
    this.#unknown.delete(key)
    const kept = this.#table.add(key, record)
    this.#wakeAt(this.#table.due(kept))
    return kept
  }

  #bind(kept: KeptSession, identity: Identity, hidden: string | undefined): LiveSession {
    const live = new LiveSession(kept.key, kept.record, identity, hidden)
    kept.live = live
    live.whenInvalid(() => this.#endUnwatched(kept))
    return live
  }

  #use(kept: KeptSession): void {
    const isNews = this.#table.use(kept)
    this.#wakeAt(this.#table.due(kept))
    if (!isNews) return
    const { key, record, revision } = kept
    // Nothing depends on whether the last use could be stored; a session that has ended meanwhile must not come back.
    this.#options.bucket.compareAndSet(key, encodeSession(record), revision).then(
      (next) => {
        kept.revision = Math.max(kept.revision, next)
      },
      () => undefined,
    )
  }

  #makeRoom(principal: string): void {
    const { most, mostOfOne, givesWay } = this.#options.kind
    const table = this.#table
    const oldestOfOne = table.countOf(principal) >= mostOfOne ? table.oldestOf(principal) : undefined
    if (oldestOfOne !== undefined) this.#endUnwatched(oldestOfOne)
    if (table.size < most) return
    if (givesWay !== true) throw new TocsinError('TCN_HTTP_TOO_MANY', 'too many sessions')
    const [oldest] = table
    this.#endUnwatched(oldest)
  }

  /** The error for a session that has ended while it began. */
  #lost({ principal, ended }: Identity): TocsinError {
    const isRefused = ended?.aborted || this.#options.access.find(principal.name) !== principal
    if (isRefused) return new TocsinError('TCN_ACCESS_TOKEN')
    return new TocsinError('TCN_HTTP_TOO_MANY', 'too many sessions of this principal begin at once')
  }

  #endAllOf(principal: string): void {
    for (const kept of [...this.#table]) if (kept.record.principal === principal) this.#endUnwatched(kept)
  }

  #endUnwatched(kept: KeptSession): void {
    this.#end(kept).catch(() => undefined)
  }

  async #end(kept: KeptSession): Promise<void> {
    this.#over.add(kept.key)
    this.#drop(kept)
    await this.#remove(kept.key)
  }

  async #remove(key: string): Promise<void> {
    try {
      await this.#options.bucket.delete(key)
      this.#over.delete(key)
    } catch (error) {
      this.#wakeAt(this.#options.runtime.monotonic() + RETRY)
      throw error
    }
  }

  /** Ends the session on this hub. */
  #drop(kept: KeptSession): void {
    if (!this.#table.remove(kept)) return
    const { live } = kept
    if (live?.usid !== undefined) this.#options.numbers?.end(live.usid)
    live?.end()
  }

  #wakeAt(due: number): void {
    const { runtime } = this.#options
    const at = Math.min(due, runtime.monotonic() + MAX_WAIT)
    if (this.#isClosed || (this.#timer !== undefined && this.#timer.at <= at)) return
    this.#timer?.cancel()
    const cancel = runtime.after(Math.max(1, at - runtime.monotonic()), () => {
      this.#timer = undefined
      this.#sweep()
    })
    this.#timer = { at, cancel }
  }

  /** Ends what is over. Sessions of other hubs are left to those for some time. */
  #sweep(): void {
    const now = this.#options.runtime.monotonic()
    let next = Number.POSITIVE_INFINITY
    for (const kept of [...this.#table]) {
      const due = this.#table.due(kept) + (kept.live === undefined ? LEEWAY : 0)
      if (due <= now) this.#endUnwatched(kept)
      else next = Math.min(next, this.#table.isDue(kept) ? due : this.#table.due(kept))
    }
    for (const key of this.#over) this.#remove(key).catch(() => undefined)
    if (next < Number.POSITIVE_INFINITY) this.#wakeAt(next)
  }
}

function busy(): TocsinError {
  return new TocsinError('TCN_ACCESS_BUSY', 'the session cannot be looked up now')
}
