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
  /** `unconfirmed` until `until`, µs. A reverted one has no effect any more. */
  state: 'final' | 'unconfirmed' | 'reverted'
  until?: number
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
  before: string
  after: string
  /** Whether it was done, and only waits for its confirmation. */
  done: boolean
}

/** Where the store keeps what must survive a crash. Each write is on disk when it resolves, whole or not at all. */
export interface StoreFiles {
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
