import { TocsinError } from '../../errors/tocsin-error.js'
import type { Runtime } from '../../event/runtime.js'
import type { Change } from './changes.js'
import type { ConfigUser } from './observer.js'
import { type CommitFiles, type CommitRecord, commitsOf, type PendingCommit } from './records.js'

export interface CommitOptions {
  label?: string
  comment?: string
  /** Reverts the commit unless it is confirmed within this time, ms. */
  confirmed?: number
}

/** Commits kept for rollback. */
export const MAX_COMMITS = 100
const MAX_KEYS = 100

/** The last commits, each with the text before it. */
export class CommitHistory {
  readonly #files: CommitFiles
  readonly #runtime: Runtime
  #commits: CommitRecord[]

  constructor(files: CommitFiles, runtime: Runtime) {
    this.#files = files
    this.#runtime = runtime
    const pending = files.readPending()
    const waiting = new Set(pending && commitsOf(pending).map(({ number }) => number))
    // A crash may have come between a confirmation and its note in the record.
    this.#commits = files
      .readCommits()
      .map((each) => (each.state === 'unconfirmed' && !waiting.has(each.number) ? finalOf(each) : each))
  }

  /** The newest first. */
  list(): CommitRecord[] {
    return this.#commits.toReversed()
  }

  /** The same record; one that waits for a confirmation does so from now on. */
  waitingAnew(record: CommitRecord, { confirmed }: CommitOptions): CommitRecord {
    return confirmed === undefined ? record : { ...record, until: this.#runtime.now() + confirmed * 1000 }
  }

  /** The record of the next commit; `extended` waits for its confirmation. */
  next(
    { user, session }: ConfigUser,
    changes: readonly Change[],
    options: CommitOptions,
    extended?: CommitRecord,
  ): CommitRecord {
    const { label, comment, confirmed } = options
    const time = this.#runtime.now()
    return {
      number: (this.#commits.at(-1)?.number ?? 0) + 1,
      time,
      user,
      ...(session === undefined ? {} : { session }),
      ...(label === undefined ? {} : { label }),
      ...(comment === undefined ? {} : { comment }),
      ...(confirmed === undefined
        ? { state: 'final' }
        : { state: 'unconfirmed', until: time + confirmed * 1000 }),
      ...(extended === undefined ? {} : { extends: extended.number }),
      keys: [...new Set(changes.map(({ key }) => key))].slice(0, MAX_KEYS),
    }
  }

  /** Lists a commit that is on disk. One that is too old goes; if that fails, it goes with the next one. */
  async add(record: CommitRecord): Promise<void> {
    this.#commits.push(record)
    const old = this.#commits.slice(0, -MAX_COMMITS)
    this.#commits = this.#commits.slice(-MAX_COMMITS)
    for (const { number } of old) await this.#files.removeCommit(number).catch(() => undefined)
  }

  replace(record: CommitRecord): void {
    this.#commits = this.#commits.map((each) => (each.number === record.number ? record : each))
  }

  /** The text before a commit. Throws TCN_CONFIG_NO_COMMIT. */
  before(number: number): string {
    if (!this.#commits.some((each) => each.number === number))
      throw new TocsinError('TCN_CONFIG_NO_COMMIT', `no commit ${number} is kept`)
    return this.#files.readBefore(number)
  }
}

/** A commit that was made and waits for its confirmation, together with what it extends. */
export function waitingOf({ extended, ...pending }: PendingCommit): PendingCommit {
  if (extended === undefined) return { ...pending, done: true }
  // The history has no record of older commits any longer.
  const earlier = commitsOf(extended).slice(1 - MAX_COMMITS)
  return { ...pending, before: extended.before, earlier, done: true }
}

/** The record of a commit that was confirmed. */
export function finalOf({ until: _, ...record }: CommitRecord): CommitRecord {
  return { ...record, state: 'final' }
}
