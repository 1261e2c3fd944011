/** What an engine stores of one bucket. Everything else about a bucket is the same in every engine. */
export interface EntryTable {
  /** The highest revision ever given in this bucket; 0 in a new one. */
  readonly revision: number
  /** Nothing can be read before it resolves. */
  readonly opening?: Promise<void> | undefined
  get(key: string): StoredEntry | undefined
  /** Resolves when it is stored; calls are stored in the order in which they were made. */
  put(key: string, entry: StoredEntry): Promise<void>
  /** `revision` is that of the removal. */
  remove(key: string, revision: number): Promise<void>
  /** The next keys, in order, that begin with `prefix` and come after `after`. */
  keys(prefix: string, after: string | undefined, limit: number): string[]
}

export interface StoredEntry {
  value: Uint8Array
  revision: number
  /** µs since the epoch */
  written: number
}
