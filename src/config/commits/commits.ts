import { TocsinError } from '../../errors/tocsin-error.js'
import type { KeyPath } from '../../event/json/key-path.js'
import type { Runtime } from '../../event/runtime.js'
import type { DescribedKey, DescriptionOptions } from '../described-keys.js'
import type { EffectiveValue } from '../effective.js'
import { type Candidate, CandidateLock, type ConfigSession, type EditOptions } from './candidate.js'
import type { Change } from './changes.js'
import { Confirmation } from './confirmation.js'
import { CommitHistory, type CommitOptions, waitingOf } from './history.js'
import { ConfigObservers, type ConfigUser } from './observer.js'
import type { Applied, CommitFiles, CommitRecord, PendingCommit } from './records.js'
import { Revisions } from './revisions.js'
import type { Editor, Later, TextEdit, TextWork } from './text-work.js'
import { type Step, Transactions } from './transactions.js'

export interface CommitResult extends Applied {
  commit: CommitRecord
}

export interface CommitsOptions<Config> {
  runtime: Runtime
  files: CommitFiles
  /** The text in force. */
  running: string
  /** Checks and parses configuration texts. */
  texts: Later<TextWork<Config>>
  /** Puts a configuration into effect, completely or not at all. */
  apply(config: Config): Promise<Applied>
  /** Called when what was applied is final or undone. */
  settled?(): void
  /** The observers that are notified of everything; default: those that are added later. */
  observers?: ConfigObservers
  /** Longest wait for observers that are notified of the changes, ms. */
  announceLimit?: number
  /** Called when a commit was reverted because nobody has confirmed it. */
  expired(record: CommitRecord, outcome: Applied | TocsinError, reason: string): void
}

/** Time without use after which a candidate is dropped, ms. */
export const IDLE_MS = 30 * 60_000
/** Wait for observers that are notified of the changes, unless another one is given, ms. */
export const ANNOUNCE_MS = 120_000

const SYSTEM: ConfigUser = { user: 'system' }

/** The configuration as something that is edited, committed, confirmed and rolled back. One commit runs at a time. */
export class ConfigCommits<Config> {
  readonly #options: CommitsOptions<Config>
  readonly #transactions: Transactions
  readonly #lock: CandidateLock
  readonly #history: CommitHistory
  readonly #confirmation: Confirmation
  readonly #revisions: Revisions
  #running: string
  #queue: Promise<unknown> = Promise.resolve()
  /** The edits that were asked for. */
  #edits: Promise<unknown> = Promise.resolve()

  constructor(options: CommitsOptions<Config>) {
    const { runtime, files, running, texts, apply, expired, observers = new ConfigObservers() } = options
    const transactions = new Transactions(observers)
    this.#transactions = transactions
    this.#options = options
    this.#running = running
    this.#revisions = new Revisions(runtime)
    this.#history = new CommitHistory(files, runtime)
    this.#lock = new CandidateLock({ runtime, idle: IDLE_MS, transactions })
    this.#confirmation = new Confirmation({
      runtime,
      files,
      transactions,
      expired,
      apply: async (text) => apply(await texts.check(text)),
      inTurn: (work) => void this.#inTurn(work),
      changed: (record, text) => {
        this.#history.replace(record)
        this.#running = text
      },
    })
  }

  get observers(): ConfigObservers {
    return this.#transactions.observers
  }

  /** The text in force. */
  get running(): string {
    return this.#running
  }

  /** The candidate, whoever has it. */
  get candidate(): Candidate | undefined {
    return this.#lock.current
  }

  /** The newest commit that waits for its confirmation. */
  get unconfirmed(): CommitRecord | undefined {
    return this.#confirmation.pending?.record
  }

  /** The newest first. */
  history(): CommitRecord[] {
    return this.#history.list()
  }

  /** Makes a candidate, or continues with the own one. Throws TCN_CONFIG_LOCKED. */
  lock(session: ConfigSession, force?: boolean): Candidate {
    return this.#lock.open(session, this.#running, force)
  }

  /** Edits the candidate, which is made if there is none; all edits or none of them. */
  async edit(session: ConfigSession, edit: TextEdit, options: EditOptions = {}): Promise<void> {
    const { force, ifRevision } = options
    const before = this.#lock.current
    // The candidate of another session stays if the edit is refused.
    if (force && before?.owner.key !== session.key) this.#revisions.check(this.#running, ifRevision)
    const candidate = this.lock(session, force)
    const done = this.#edits.then(() => this.#edit(candidate, editorOf(session), edit, ifRevision))
    this.#edits = done.catch(() => undefined)
    try {
      await done
    } catch (thrown) {
      if (before !== candidate && this.#lock.current === candidate)
        this.#lock.close('its first edit was refused')
      throw thrown
    }
  }

  async #edit(candidate: Candidate, by: Editor, edit: TextEdit, ifRevision?: string): Promise<void> {
    this.#revisions.check(candidate.text, ifRevision)
    const text = await this.#options.texts.edited(this.#running, candidate.text, edit, by)
    if (this.#lock.current !== candidate)
      throw new TocsinError('TCN_CONFIG_CHANGED', 'the candidate was dropped while it was edited')
    candidate.text = text
  }

  /** Returns the changes that the candidate would make; none if there is no candidate. */
  async diff(): Promise<Change[]> {
    const { current } = this.#lock
    return current === undefined ? [] : this.#options.texts.changes(this.#running, current.text)
  }

  /** Checks the candidate, or what is in force if there is none. Rejects with TCN_CONFIG_*. */
  async validate(): Promise<void> {
    await this.#options.texts.check(this.#lock.current?.text ?? this.#running)
  }

  /** Every value in force, or of the candidate if that is wanted and there is one. */
  values(ofCandidate = false): Promise<EffectiveValue[]> {
    return this.#options.texts.values(this.textOf(ofCandidate))
  }

  /** Describes a key, and those below it, as the candidate has them, or what is in force if there is none. */
  described(path: KeyPath, options: DescriptionOptions): Promise<DescribedKey[]> {
    return this.#options.texts.described(this.textOf(true), path, options)
  }

  /** Names the text in force, or that of the candidate if that is wanted and there is one. */
  revision(ofCandidate = false): string {
    return this.#revisions.of(this.textOf(ofCandidate))
  }

  /** The text in force, or that of the candidate if that is wanted and there is one. */
  textOf(candidate = false): string {
    return (candidate ? this.#lock.current?.text : undefined) ?? this.#running
  }

  /** Drops the own candidate, or with `force` that of anybody. False if there is none. */
  discard(session: ConfigSession, force = false): boolean {
    if (this.#lock.current === undefined) return false
    if (!force) this.#lock.of(session)
    this.#lock.close('discarded')
    return true
  }

  /**
   * Commits the candidate of the session. While a commit waits for its confirmation, another one to be confirmed extends
   * it: both then wait for that long, and without a change only the first.
   */
  commit(session: ConfigSession, options: CommitOptions = {}): Promise<CommitResult> {
    return this.#inTurn(async () => {
      await this.#edits
      const candidate = this.#lock.of(session)
      const { confirmed } = options
      const isEdited = candidate !== undefined && candidate.text !== this.#running
      if (!isEdited && confirmed !== undefined && this.unconfirmed !== undefined) {
        await this.#checkMayKeep(session)
        const commit = await this.#confirmation.extend(confirmed, session.by)
        await this.#edits
        if (candidate !== undefined) this.#lock.closeCommitted(candidate, this.#running)
        return { commit, applied: [], restart: [] }
      }
      if (candidate === undefined) throw new TocsinError('TCN_CONFIG_UNCHANGED', 'there is no candidate')
      if (candidate.base !== this.#running)
        throw new TocsinError('TCN_CONFIG_CHANGED', 'another commit came between; the candidate is outdated')
      const { transaction, text } = candidate
      const result = await this.#commit(session, { transaction, by: session.by }, text, options)
      await this.#edits
      this.#lock.closeCommitted(candidate, text)
      return result
    })
  }

  /** Brings back the configuration from before a commit, which undoes it and all later ones. */
  rollback(session: ConfigSession, number: number, options: CommitOptions = {}): Promise<CommitResult> {
    return this.#inTurn(() => {
      this.#lock.of(session)
      const text = this.#history.before(number)
      const label = options.label ?? `rollback of ${number}`
      return this.#transactions.run(session.by, (step) =>
        this.#commit(session, step, text, { ...options, label }),
      )
    })
  }

  /** Returns the changes that a rollback would make. */
  rollbackDiff(number: number): Promise<Change[]> {
    return this.#options.texts.changes(this.#running, this.#history.before(number))
  }

  /** Makes final what waits for its confirmation. */
  confirm(session: ConfigSession): Promise<CommitRecord> {
    return this.#inTurn(async () => {
      await this.#checkMayKeep(session)
      return this.#confirmation.confirm(session.by)
    })
  }

  /** The owner may keep a commit from elsewhere too: that proves that the hub is still within reach. */
  async #checkMayKeep({ owner }: ConfigSession): Promise<void> {
    const { before, after } = this.#confirmation.mustWait()
    await this.#options.texts.changes(before, after, { local: true, owner })
  }

  /** Reverts what waits for its confirmation. */
  abort(session: ConfigSession): Promise<CommitResult> {
    return this.#inTurn(async () => {
      const { before, after } = this.#confirmation.mustWait()
      await this.#options.texts.changes(after, before, editorOf(session))
      return this.#confirmation.revert(session.by, 'aborted', session.trace)
    })
  }

  /**
   * Takes over the file as somebody has edited it: a commit by `system`. It makes a commit final that waits for its
   * confirmation, since the file is the word of its owner. Rejects and changes nothing if the file is invalid.
   */
  reload(): Promise<Applied> {
    return this.#inTurn(async () => {
      const { files, texts, apply } = this.#options
      const text = files.readConfig()
      const config = await texts.check(text)
      // Certificates and other files that the text names may have changed.
      if (text === this.#running) return await apply(config)
      return this.#transactions.run(SYSTEM, async (step) => {
        const steps = this.#transactions
        const applied = await steps.phase('apply', step, () => apply(config))
        if (this.#confirmation.pending !== undefined) await this.#confirmation.confirm(SYSTEM)
        const record = await this.#editedRecord(text, 'the file was edited')
        await steps.phase('announce', step, () => this.#announce(step, record, this.#running, text))
        await this.#keep(record, text)
        this.observers.event({ type: 'commit', record, ...applied, ...step })
        return applied
      })
    })
  }

  /** Keeps an edit of the file that was made while the hub did not run. */
  async adopt(): Promise<void> {
    const { files } = this.#options
    const text = this.#running
    const last = files.readRunning()
    if (last === undefined) return files.writeRunning(text)
    if (last === text) return
    const comment = 'the file was edited while the hub did not run'
    await this.#keep(await this.#editedRecord(text, comment, last), text, last)
  }

  /** Stops the timers. What waits for a confirmation continues to wait at the next start. */
  close(): void {
    this.#confirmation.close()
    this.#lock.close('the hub stops')
  }

  async #commit(
    session: ConfigSession,
    own: Step,
    after: string,
    options: CommitOptions,
  ): Promise<CommitResult> {
    const { files, apply } = this.#options
    const steps = this.#transactions
    const step: Step = { ...own, trace: session.trace }
    const { config, changes } = await steps.phase('validate', step, () =>
      this.#validate(session, after, options),
    )
    const { pending: extended } = this.#confirmation
    const record = this.#history.next(step.by, changes, options, extended?.record)
    const pending: PendingCommit = { record, before: this.#running, after, done: false, extended }
    let applied: Applied | undefined
    try {
      await steps.phase('prepare', step, () => files.writePending(pending))
      await steps.phase('write', step, () => files.writeConfig(after))
      applied = await steps.phase('apply', step, () => apply(config))
      await steps.phase('announce', step, () => this.#announce(step, record, this.#running, after))
      // Nobody can confirm a commit that still waits for those that read its changes.
      pending.record = this.#history.waitingAnew(record, options)
      await steps.phase('finish', step, () => this.#finish(pending))
    } catch (thrown) {
      await steps.phase('undo', step, () => this.#undo(pending, applied !== undefined))
      throw thrown
    }
    const { record: commit } = pending
    await this.#history.add(commit)
    this.#running = after
    this.observers.event({ type: 'commit', record: commit, ...applied, ...step })
    if (commit.until !== undefined) this.#confirmation.start(waitingOf(pending), step)
    return { commit, ...applied }
  }

  async #validate(
    session: ConfigSession,
    text: string,
    { confirmed }: CommitOptions,
  ): Promise<{ config: Config; changes: Change[] }> {
    const { files, texts } = this.#options
    if (this.unconfirmed !== undefined && confirmed === undefined) {
      const { number, user } = this.unconfirmed
      throw new TocsinError(
        'TCN_CONFIG_UNCONFIRMED',
        `commit ${number} by ${user} waits for its confirmation`,
      )
    }
    if (this.unconfirmed !== undefined) await this.#checkMayKeep(session)
    if (files.readConfig() !== this.#running)
      throw new TocsinError('TCN_CONFIG_CHANGED', 'the file was edited and not loaded yet')
    if (text === this.#running) throw new TocsinError('TCN_CONFIG_UNCHANGED', 'nothing was edited')
    const config = await texts.check(text)
    const changes = await texts.changes(this.#running, text, editorOf(session))
    // The folder has what an interrupted commit leaves, so it must be found again.
    if (changes.some(({ path }) => path[0] === 'data'))
      throw new TocsinError('TCN_CONFIG_EDIT', 'data can be changed only in the file, before a start', {
        details: { key: 'data' },
      })
    return { config, changes }
  }

  /** When it is done, the commit has happened; one to be confirmed waits for that on disk. */
  async #finish(pending: PendingCommit): Promise<void> {
    const { files } = this.#options
    const { record, before, after } = pending
    await files.writeCommit(record, before)
    await files.writeRunning(after)
    if (record.until === undefined) await files.removePending()
    else await files.writePending(waitingOf(pending))
  }

  /** If the undoing fails too, what is pending on disk lets the next start finish it. */
  async #undo({ record, before, after, extended }: PendingCommit, wasApplied: boolean): Promise<void> {
    const { files, texts, apply } = this.#options
    if (wasApplied) await apply(await texts.check(before))
    if (files.readConfig() === after) await files.writeConfig(before)
    await files.removeCommit(record.number)
    await files.writeRunning(before)
    if (extended === undefined) await files.removePending()
    else await files.writePending(extended)
  }

  async #announce(step: Step, record: CommitRecord, before: string, after: string): Promise<void> {
    const { runtime, texts, announceLimit = ANNOUNCE_MS } = this.#options
    const changes = await texts.keyedChanges(before, after)
    const late = new AbortController()
    const cancel = runtime.after(announceLimit, () => late.abort())
    await this.observers.announce({ ...step, record, changes }, late.signal).finally(cancel)
  }

  /** The record of a text that somebody else has written. */
  async #editedRecord(text: string, comment: string, before = this.#running): Promise<CommitRecord> {
    const changes = await this.#options.texts.changes(before, text)
    return this.#history.next(SYSTEM, changes, { comment })
  }

  async #keep(record: CommitRecord, text: string, before = this.#running): Promise<void> {
    const { files } = this.#options
    await files.writeCommit(record, before)
    await files.writeRunning(text)
    this.#running = text
    await this.#history.add(record)
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#queue.then(work).finally(() => this.#options.settled?.())
    this.#queue = done.catch(() => undefined)
    return done
  }
}

function editorOf({ local, owner }: ConfigSession): Editor {
  return { local, owner }
}
