/** Stores small named values beside the log. There are no transactions over several keys. */
export interface StateStore {
  /** True if nothing was ever stored here before it was opened. */
  readonly isNew: boolean
  bucket(name: BucketName, options?: BucketOptions): Bucket
  close(): Promise<void>
}

export const BUCKETS = [
  'meta',
  'consumers',
  'parked',
  'principals',
  'sources',
  'jobs',
  'producers',
  'sessions',
  'views',
  'requests',
  'claims',
  'hubs',
  'sinks',
  'rules',
  'sharedSources',
  'hosts',
  'pushes',
  'edges',
] as const
export type BucketName = (typeof BUCKETS)[number]

export interface BucketOptions {
  /** Entries not written for this time are removed, ms. */
  timeToLive?: number
}

export interface Bucket {
  /** Why entries cannot be used that were found damaged, by key, until they are written or deleted. */
  readonly damaged: ReadonlyMap<string, string>
  /** Records that the value under the key makes no sense to its reader. */
  reportDamage(key: string, why: unknown): void
  /** Throws TCN_STATE_CORRUPT if the entry is damaged. */
  get(key: string): Promise<StateEntry | undefined>
  /** Returns the new revision. */
  put(key: string, value: Uint8Array): Promise<number>
  /**
   * Stores the values in this order, and in one transaction where the engine has any: after a crash, none is there
   * without those before it.
   */
  putAll(entries: readonly (readonly [key: string, value: Uint8Array])[]): Promise<void>
  /** Writes only if the entry is at `revision` (0: only if it does not exist); otherwise throws TCN_STATE_CONFLICT. */
  compareAndSet(key: string, value: Uint8Array, revision: number): Promise<number>
  delete(key: string): Promise<void>
  /**
   * Entries whose key begins with the prefix and comes after `after`, by key, each as it is when it is reached.
   * Leaves out those that are damaged.
   */
  list(prefix?: string, after?: string): AsyncIterable<StateEntry>
  /** Reports every change from now on, in order, until the returned function is called. */
  watch(prefix: string, listener: (change: StateChange) => void): () => void
}

/** An entry that cannot be read, or makes no sense. */
export interface DamagedRecord {
  bucket: BucketName
  key: string
  file: string
  reason: string
}

export interface StateEntry {
  key: string
  value: Uint8Array
  /** Rises with every write of this bucket. */
  revision: number
}

export type StateChange = ({ type: 'put' } & StateEntry) | { type: 'delete'; key: string; revision: number }
