import { TocsinError, toTocsinError } from '../../errors/tocsin-error.js'
import type { Cancel, Runtime } from '../../event/runtime.js'
import type { TraceContext } from '../../event/trace-context.js'
import { finalOf, MAX_COMMITS } from './history.js'
import type { ConfigUser } from './observer.js'
import {
  type Applied,
  type CommitFiles,
  type CommitRecord,
  commitsOf,
  type PendingCommit,
} from './records.js'
import type { Step, Transactions } from './transactions.js'

export interface ConfirmationOptions {
  runtime: Runtime
  files: CommitFiles
  transactions: Transactions
  /** Puts a text into effect. */
  apply(text: string): Promise<Applied>
  /** Called when a commit is extended, final or reverted, with the text that is in force now. */
  changed(record: CommitRecord, text: string): void
  /** Runs work between two commits. */
  inTurn(work: () => Promise<void>): void
  /** Called when a commit was reverted because nobody has confirmed it. */
  expired(record: CommitRecord, outcome: Applied | TocsinError, reason: string): void
}

const LATE = 'it was not confirmed in time'

/**
 * The changes that are in effect and will be reverted unless somebody confirms them in time: a commit, and others
 * that extend it.
 */
export class Confirmation {
  readonly #options: ConfirmationOptions
  #pending: PendingCommit | undefined
  /** The work in which the commits were made; not known of those from before the start of the hub. */
  #traces: readonly TraceContext[] = []
  #deadline: Cancel = () => undefined

  constructor(options: ConfirmationOptions) {
    this.#options = options
    const pending = options.files.readPending()
    if (pending?.done) this.#begin(pending)
  }

  get pending(): PendingCommit | undefined {
    return this.#pending
  }

  /** Takes the place of what has waited, which is a part of it. */
  start(pending: PendingCommit, { by, trace }: Step): void {
    this.#begin(pending)
    if (trace !== undefined) this.#traces = [...this.#traces, trace].slice(-MAX_COMMITS)
    this.#tell('started', pending.record, by)
  }

  /** Lets it wait for that long from now. Throws TCN_CONFIG_CONFIRMED if nothing waits. */
  async extend(ms: number, by: ConfigUser): Promise<CommitRecord> {
    const pending = this.mustWait()
    const { files, runtime, changed } = this.#options
    const record = { ...pending.record, until: runtime.now() + ms * 1000 }
    await files.writePending({ ...pending, record })
    this.#begin({ ...pending, record })
    changed(record, pending.after)
    this.#tell('started', record, by)
    // The record of the pending commit says the same, so that a failure does no harm.
    await files.updateCommit(record).catch(() => undefined)
    return record
  }

  /** Makes it final. Throws TCN_CONFIG_CONFIRMED if nothing waits. */
  async confirm(by: ConfigUser): Promise<CommitRecord> {
    const pending = this.mustWait()
    const { files } = this.#options
    await files.removePending()
    const commits = commitsOf(pending).map(finalOf)
    this.#settle(commits, pending.after)
    const final = finalOf(pending.record)
    this.#tell('confirmed', final, by)
    // From here on the missing record of what is pending says the same.
    for (const commit of commits) await files.updateCommit(commit).catch(() => undefined)
    return final
  }

  /** Whatever somebody has written into the file since stays there; the hub itself goes back in any case. */
  revert(by: ConfigUser, reason: string, trace?: TraceContext): Promise<Applied & { commit: CommitRecord }> {
    const pending = this.mustWait()
    const { transactions } = this.#options
    const step = { transaction: transactions.last, by, trace, links: this.#traces }
    return transactions.phase('undo', step, () => this.#revert(pending, by, reason))
  }

  async #revert(
    pending: PendingCommit,
    by: ConfigUser,
    reason: string,
  ): Promise<Applied & { commit: CommitRecord }> {
    const { files, apply } = this.#options
    const { record, before, after } = pending
    if (files.readConfig() === after) await files.writeConfig(before)
    const applied = await apply(before)
    const commits = commitsOf(pending).map(revertedOf)
    for (const commit of commits) await files.updateCommit(commit)
    await files.writeRunning(before)
    await files.removePending()
    this.#settle(commits, before)
    const commit = revertedOf(record)
    this.#tell('aborted', commit, by, { reason, outcome: applied })
    return { ...applied, commit }
  }

  mustWait(): PendingCommit {
    if (this.#pending !== undefined) return this.#pending
    throw new TocsinError('TCN_CONFIG_CONFIRMED', 'no commit waits for a confirmation')
  }

  /** Stops the timer. What waits continues to wait at the next start. */
  close(): void {
    this.#deadline()
  }

  #begin(pending: PendingCommit): void {
    const { runtime, inTurn } = this.#options
    this.#deadline()
    const micros = Math.max(0, (pending.record.until ?? 0) - runtime.now())
    this.#pending = pending
    this.#deadline = runtime.after(micros / 1000, () => inTurn(() => this.#expire(pending)))
  }

  async #expire(pending: PendingCommit): Promise<void> {
    if (this.#pending !== pending) return
    const outcome = await this.revert({ user: 'system' }, LATE).catch((thrown) =>
      toTocsinError(thrown, 'TCN_CONFIG_APPLY'),
    )
    this.#options.expired(pending.record, outcome, LATE)
  }

  #settle(commits: readonly CommitRecord[], text: string): void {
    this.#deadline()
    this.#pending = undefined
    this.#traces = []
    for (const commit of commits) this.#options.changed(commit, text)
  }

  #tell(
    state: 'started' | 'confirmed' | 'aborted',
    record: CommitRecord,
    by: ConfigUser,
    more: { reason?: string; outcome?: Applied } = {},
  ): void {
    const { observers, last: transaction } = this.#options.transactions
    observers.event({ type: 'confirmed-commit', state, record, transaction, by, ...more })
  }
}

function revertedOf(record: CommitRecord): CommitRecord {
  return { ...finalOf(record), state: 'reverted' }
}
