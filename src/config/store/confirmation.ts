import { TocsinError, toTocsinError } from '../../errors/tocsin-error.js'
import type { Cancel, Runtime } from '../../event/runtime.js'
import type { TraceContext } from '../../event/trace-context.js'
import { finalOf } from './history.js'
import type { ConfigUser } from './observer.js'
import type { Applied, CommitRecord, PendingCommit, StoreFiles } from './records.js'
import type { Step, Transactions } from './transactions.js'

export interface ConfirmationOptions {
  runtime: Runtime
  files: StoreFiles
  transactions: Transactions
  /** Puts a text into effect. */
  apply(text: string): Promise<Applied>
  /** Called when a commit is final or reverted, with the text that is in force now. */
  settled(record: CommitRecord, text: string): void
  /** Runs work between two commits. */
  inTurn(work: () => Promise<void>): void
  /** Called when a commit was reverted because nobody has confirmed it. */
  expired(record: CommitRecord, outcome: Applied | TocsinError, reason: string): void
}

const LATE = 'it was not confirmed in time'

/** The commit that is in effect and reverted again unless somebody confirms it in time. */
export class Confirmation {
  readonly #options: ConfirmationOptions
  #pending: PendingCommit | undefined
  /** The work in which the commit was made; not known of one from before the start of the hub. */
  #trace: TraceContext | undefined
  #deadline: Cancel = () => undefined

  constructor(options: ConfirmationOptions) {
    this.#options = options
    const pending = options.files.readPending()
    if (pending?.done) this.#begin(pending)
  }

  get pending(): PendingCommit | undefined {
    return this.#pending
  }

  start(pending: PendingCommit, { by, trace }: Step): void {
    this.#begin(pending)
    this.#trace = trace
    this.#tell('started', pending.record, by)
  }

  /** Makes the commit final. Throws TCN_CONFIG_CONFIRMED if there is none. */
  async confirm(by: ConfigUser): Promise<CommitRecord> {
    const { record, after } = this.mustWait()
    const { files } = this.#options
    await files.removePending()
    const final = finalOf(record)
    this.#settle(final, after)
    this.#tell('confirmed', final, by)
    // From here on the missing record of what is pending says the same.
    await files.updateCommit(final).catch(() => undefined)
    return final
  }

  /** Whatever somebody has written into the file since stays there; the hub itself goes back in any case. */
  revert(by: ConfigUser, reason: string, trace?: TraceContext): Promise<Applied & { commit: CommitRecord }> {
    const pending = this.mustWait()
    const { transactions } = this.#options
    const links = this.#trace && [this.#trace]
    const step = { transaction: transactions.last, by, trace, links }
    return transactions.phase('undo', step, () => this.#revert(pending, by, reason))
  }

  async #revert(
    { record, before, after }: PendingCommit,
    by: ConfigUser,
    reason: string,
  ): Promise<Applied & { commit: CommitRecord }> {
    const { files, apply } = this.#options
    if (files.readConfig() === after) await files.writeConfig(before)
    const applied = await apply(before)
    const commit: CommitRecord = { ...finalOf(record), state: 'reverted' }
    await files.updateCommit(commit)
    await files.writeRunning(before)
    await files.removePending()
    this.#settle(commit, before)
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

  #settle(record: CommitRecord, text: string): void {
    this.#deadline()
    this.#pending = undefined
    this.#trace = undefined
    this.#options.settled(record, text)
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
