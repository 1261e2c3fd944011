/** A commit as it is kept. */
export interface CommitRecord {
  number: number
  /** µs since the epoch */
  time: number
  /** Who made it: a principal, or `system` for an edited file. */
  user: string
  /** Name of the session, if it has one. */
  session?: string
  label?: string
  comment?: string
  /** `unconfirmed` until `until`, µs; of several, that of the newest counts. A reverted one has no effect any more. */
  state: 'final' | 'unconfirmed' | 'reverted'
  until?: number
  /** Number of the commit that waited for its confirmation: both are confirmed or reverted together. */
  extends?: number
  /** The keys that it changed, at most 100. */
  keys: string[]
}

export interface Applied {
  /** Keys whose change has taken effect. */
  applied: string[]
  /** Keys whose change requires a restart. */
  restart: string[]
}

/** A commit that has begun and is not final. What is on disk here decides what a crash leaves. */
export interface PendingCommit {
  record: CommitRecord
  /** The text that a revert brings back. */
  before: string
  after: string
  /** True if it was done, and only waits for its confirmation. */
  done: boolean
  /** Earlier commits that wait for the same confirmation, the oldest first. */
  earlier?: CommitRecord[]
  /** The commit that waits for a confirmation and is extended by this one, which is not done yet. */
  extended?: PendingCommit
}

/** All commits that are confirmed or reverted together, the oldest first. */
export function commitsOf({ earlier = [], record }: PendingCommit): CommitRecord[] {
  return [...earlier, record]
}

/** Where commits keep what must survive a crash. Each write is on disk when it resolves, whole or not at all. */
export interface CommitFiles {
  /** The configuration file; empty if there is none. */
  readConfig(): string
  writeConfig(text: string): Promise<void>
  /** The text that was in force at last, whatever became of the file; undefined at the first start. */
  readRunning(): string | undefined
  writeRunning(text: string): Promise<void>
  readPending(): PendingCommit | undefined
  writePending(pending: PendingCommit): Promise<void>
  removePending(): Promise<void>
  /** Oldest first. */
  readCommits(): CommitRecord[]
  /** Keeps a commit, with the text before it. */
  writeCommit(record: CommitRecord, before: string): Promise<void>
  updateCommit(record: CommitRecord): Promise<void>
  removeCommit(number: number): Promise<void>
  /** The text before a commit. */
  readBefore(number: number): string
}
