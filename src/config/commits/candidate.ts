import { TocsinError } from '../../errors/tocsin-error.js'
import type { Cancel, Runtime } from '../../event/runtime.js'
import type { TraceContext } from '../../event/trace-context.js'
import type { ConfigUser } from './observer.js'
import type { Transactions } from './transactions.js'

/** Who calls: two calls with the same `key` belong to the same session. */
export interface ConfigSession {
  readonly key: unknown
  readonly by: ConfigUser
  /** Aborted when the session ends; absent if only the time limit ends it. */
  readonly ended?: AbortSignal
  /** True if the caller is on this machine. */
  readonly local: boolean
  /** The caller owns the hub, and so decides what it runs, reads and trusts. */
  readonly owner: boolean
  /** The work that its commit is a part of. */
  readonly trace?: TraceContext
}

export interface Candidate {
  readonly transaction: number
  readonly owner: ConfigSession
  /** µs since the epoch */
  readonly since: number
  /** The running text that it was made from. */
  readonly base: string
  text: string
}

export interface EditOptions {
  /** Takes the lock from another session. */
  readonly force?: boolean
  /** Makes the edit only if its text still has this revision. */
  readonly ifRevision?: string
}

export interface CandidateOptions {
  runtime: Runtime
  /** Time without use after which a candidate is dropped, ms. */
  idle: number
  transactions: Transactions
}

/** The one candidate. Who has it holds the lock. */
export class CandidateLock {
  readonly #options: CandidateOptions
  #current: Candidate | undefined
  #release: Cancel = () => undefined

  constructor(options: CandidateOptions) {
    this.#options = options
  }

  get current(): Candidate | undefined {
    return this.#current
  }

  /** The candidate of this session; undefined if nobody edits. Throws TCN_CONFIG_LOCKED if another one does. */
  of({ key }: ConfigSession): Candidate | undefined {
    const current = this.#current
    if (current === undefined) return undefined
    if (current.owner.key !== key) throw locked(current)
    this.#touch(current)
    return current
  }

  /** The candidate of this session, made from the text if there is none. With `force`, that of another is dropped. */
  open(session: ConfigSession, text: string, force = false): Candidate {
    if (force && this.#current !== undefined && this.#current.owner.key !== session.key)
      this.close(`taken over by ${nameOf(session.by)}`)
    const current = this.of(session)
    if (current !== undefined) return current
    session.ended?.throwIfAborted()
    const { runtime, transactions } = this.#options
    const opened: Candidate = {
      transaction: transactions.begin(),
      owner: session,
      since: runtime.now(),
      base: text,
      text,
    }
    this.#current = opened
    this.#touch(opened)
    const step = { transaction: opened.transaction, by: session.by }
    transactions.observers.event({ type: 'transaction', state: 'start', ...step })
    transactions.observers.event({ type: 'lock', state: 'locked', ...step })
    return opened
  }

  /** Drops the candidate, if there is one. */
  close(reason: string): void {
    const current = this.#current
    if (current === undefined) return
    this.#release()
    this.#current = undefined
    const { observers } = this.#options.transactions
    const step = { transaction: current.transaction, by: current.owner.by }
    observers.event({ type: 'lock', state: 'unlocked', reason, ...step })
    observers.event({ type: 'transaction', state: 'stop', ...step })
  }

  /** Edits that were made while the text was committed are the next candidate. */
  closeCommitted(candidate: Candidate, committed: string): void {
    if (this.#current !== candidate) return
    this.close('committed')
    if (candidate.text !== committed) this.open(candidate.owner, committed).text = candidate.text
  }

  #touch({ owner: { ended } }: Candidate): void {
    this.#release()
    const { runtime, idle } = this.#options
    const cancel = runtime.after(idle, () => this.close('not used for too long'))
    const over = () => this.close('its session ended')
    ended?.addEventListener('abort', over)
    this.#release = () => {
      cancel()
      ended?.removeEventListener('abort', over)
    }
  }
}

export function nameOf({ user, session }: ConfigUser): string {
  return session === undefined ? user : `${user} (${session})`
}

function locked({ owner, since }: Candidate): TocsinError {
  const { user, session, face, address } = owner.by
  return new TocsinError('TCN_CONFIG_LOCKED', `${nameOf(owner.by)} is editing the configuration`, {
    details: { user, session, face, address, since },
  })
}
