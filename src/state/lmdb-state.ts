import { TocsinError } from '../errors/tocsin-error.js'
import { readU64, writeU64 } from '../event/frame.js'
import type { Runtime } from '../event/runtime.js'
import { DiskFault } from '../storage/disk-fault.js'
import { Environment, type Write } from '../storage/environment.js'
import { checkBucketName, type EntryTable, MAX_VALUE_BYTES, type StoredEntry } from './entry-table.js'
import { BUCKETS, type BucketName, type StateStore } from './state-store.js'
import { StoredBucket } from './stored-bucket.js'

const MAP_SIZE = 1024 ** 3
/** Table of the highest revision of each bucket, by its name. */
const REVISIONS = 'revisions'
/** Table with the format version as JSON; without it, the version is 1. */
const ABOUT = 'about'
const FORMAT = 1

export interface LmdbStateOptions {
  runtime: Runtime
  /** Created if it does not exist. */
  folder: string
  /** Largest value. Default 1 MiB. */
  maxValueBytes?: number
}

/** Opens or creates the state store in a folder. Throws TCN_STATE_WRITE, TCN_STATE_CORRUPT or TCN_STATE_NEWER. */
export async function openLmdbState(options: LmdbStateOptions): Promise<StateStore> {
  const { runtime, folder, maxValueBytes = MAX_VALUE_BYTES } = options
  const tables = [ABOUT, REVISIONS, ...BUCKETS]
  const environment = guarded(() => new Environment({ folder, tables, mapSize: MAP_SIZE }))
  await checkFormat(environment)
  const commits = new SharedCommits(environment)
  const buckets = new Map<BucketName, StoredBucket>()
  return {
    bucket(name, settings = {}) {
      checkBucketName(name)
      const bucket =
        buckets.get(name) ?? new StoredBucket(new LmdbTable(commits, name), runtime, maxValueBytes)
      buckets.set(name, bucket)
      bucket.configure(settings)
      return bucket
    },
    async close() {
      for (const bucket of buckets.values()) await bucket.close()
      await environment.close()
    },
  }
}

async function checkFormat(environment: Environment): Promise<void> {
  const stored = guarded(() => environment.table(ABOUT).get('format'))
  const format = stored === undefined ? FORMAT : Number(Buffer.from(stored).toString())
  if (format !== FORMAT) {
    await environment.close()
    const { folder } = environment
    throw new TocsinError(
      'TCN_STATE_NEWER',
      `${folder} has format ${format}; this version supports ${FORMAT}`,
    )
  }
  const write = { table: ABOUT, key: 'format', value: Buffer.from(String(FORMAT)) }
  // A disk that is full now must not prevent the store from opening.
  if (stored === undefined) void environment.commit([write]).catch(() => undefined)
}

/** Collects writes made during a commit into the next one. */
class SharedCommits {
  readonly environment: Environment
  #waiting: Write[] = []
  #next: Promise<void> | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor(environment: Environment) {
    this.environment = environment
  }

  write(writes: readonly Write[]): Promise<void> {
    this.#waiting.push(...writes)
    this.#next ??= this.#commitAfter(this.#last)
    return this.#next
  }

  #commitAfter(last: Promise<unknown>): Promise<void> {
    const commit = last.then(() => {
      this.#next = undefined
      return this.environment.commit(this.#waiting.splice(0))
    })
    const guardedCommit = commit.catch((thrown) => {
      throw toStateFault(thrown)
    })
    this.#last = guardedCommit.catch(() => undefined)
    return guardedCommit
  }
}

/**
 * A bucket as a table of LMDB. An entry's value is, little-endian: revision u64 · time of the write u64, µs ·
 * the value. Its key is the UTF-8 text as encoded by ordered-binary.
 */
class LmdbTable implements EntryTable {
  readonly revision: number
  readonly #commits: SharedCommits
  readonly #name: BucketName

  constructor(commits: SharedCommits, name: BucketName) {
    this.#commits = commits
    this.#name = name
    const bytes = guarded(() => commits.environment.table(REVISIONS).get(name))
    this.revision = bytes === undefined ? 0 : readU64(bytes, 0)
  }

  get opening(): Promise<void> | undefined {
    return this.#commits.environment.opening
  }

  get(key: string): StoredEntry | undefined {
    const bytes = guarded(() => this.#table.get(key))
    if (bytes === undefined) return undefined
    return { revision: readU64(bytes, 0), written: readU64(bytes, 8), value: bytes.subarray(ENTRY_HEADER) }
  }

  put(key: string, { value, revision, written }: StoredEntry): Promise<void> {
    const bytes = new Uint8Array(ENTRY_HEADER + value.length)
    writeU64(bytes, 0, revision)
    writeU64(bytes, 8, written)
    bytes.set(value, ENTRY_HEADER)
    return this.#write(key, bytes, revision)
  }

  remove(key: string, revision: number): Promise<void> {
    return this.#write(key, undefined, revision)
  }

  keys(prefix: string, after: string | undefined, limit: number): string[] {
    return guarded(() => {
      const keys: string[] = []
      for (const key of this.#table.getKeys(rangeFrom(after ?? prefix, limit + 1))) {
        if (typeof key !== 'string' || !key.startsWith(prefix) || keys.length === limit) break
        if (key !== after) keys.push(key)
      }
      return keys
    })
  }

  get #table() {
    return this.#commits.environment.table(this.#name)
  }

  #write(key: string, value: Uint8Array | undefined, revision: number): Promise<void> {
    const highest = new Uint8Array(8)
    writeU64(highest, 0, revision)
    return this.#commits.write([
      { table: this.#name, key, value },
      { table: REVISIONS, key: this.#name, value: highest },
    ])
  }
}

const ENTRY_HEADER = 16

function rangeFrom(start: string, limit: number) {
  return start === '' ? { limit } : { start, limit }
}

function guarded<Result>(run: () => Result): Result {
  try {
    return run()
  } catch (thrown) {
    throw toStateFault(thrown)
  }
}

function toStateFault(thrown: unknown): TocsinError {
  if (TocsinError.is(thrown)) return thrown
  const reason = thrown instanceof Error ? thrown.message : String(thrown)
  const damaged = !(thrown instanceof DiskFault) || thrown.kind === 'damaged'
  return new TocsinError(damaged ? 'TCN_STATE_CORRUPT' : 'TCN_STATE_WRITE', reason, { cause: thrown })
}
