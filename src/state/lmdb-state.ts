import { messageOf } from '../errors/thrown.js'
import { TocsinError } from '../errors/tocsin-error.js'
import { readU64, writeU64 } from '../event/frame.js'
import type { Runtime } from '../event/runtime.js'
import { DiskFault } from '../storage/disk-fault.js'
import { Environment, type Write } from '../storage/environment.js'
import { dataFile } from '../storage/folder.js'
import { putAside } from '../storage/put-aside.js'
import { decodeEntry, encodeEntry } from './entry-codec.js'
import { checkBucketName, type EntryTable, MAX_VALUE_BYTES, type StoredEntry } from './entry-table.js'
import {
  type CopiedEntries,
  REVISIONS,
  type RestoredEntries,
  readStateCopy,
  restoreEntries,
  StateCopy,
} from './state-copy.js'
import { type SalvageReport, salvageState } from './state-salvage.js'
import { BUCKETS, type BucketName, type DamagedRecord, type StateStore } from './state-store.js'
import { StoredBucket } from './stored-bucket.js'

const MAP_SIZE = 1024 ** 3
/** Table with the format version as JSON; without it, the version is 1. Version 2 adds checksums to the entries. */
const ABOUT = 'about'
const FORMAT = 2

export interface LmdbStateOptions {
  runtime: Runtime
  /** Created if it does not exist. */
  folder: string
  /** Largest value. Default 1 MiB. */
  maxValueBytes?: number
  /** Called once for each record that cannot be read. */
  damaged?: (record: DamagedRecord) => void
  /** Called if the file was damaged, and a new one was made of what is sound in it. */
  salvaged?: (salvage: SalvagedState) => void
  /** Called if the store was empty, or records in it were damaged, and entries were taken from its copy. */
  restored?: (restored: RestoredEntries) => void
}

export interface SalvagedState extends SalvageReport {
  /** The reason for the repair. */
  reason: string
  /** Where the damaged folder is now. */
  aside: string
  /** The entries that were taken from the copy. */
  restored: RestoredEntries
}

/** Opens or creates the state store in a folder. Throws TCN_STATE_WRITE, TCN_STATE_CORRUPT or TCN_STATE_NEWER. */
export async function openLmdbState(options: LmdbStateOptions): Promise<StateStore> {
  const { runtime, folder, maxValueBytes = MAX_VALUE_BYTES } = options
  const tables = [ABOUT, REVISIONS, ...BUCKETS]
  const known = readStateCopy(folder) ?? {}
  const environment = await openSound(options, tables, known)
  const isNew = await checkFormat(environment)
  const restored = await restoreEntries(environment, known, isNew ? BUCKETS : [])
  const isRestored = Object.keys(restored).length > 0
  if (isRestored) options.restored?.(restored)
  const copy = new StateCopy(environment, runtime)
  const commits = new SharedCommits(environment, copy)
  const buckets = new Map<BucketName, StoredBucket>()
  const file = dataFile(folder)
  return {
    isNew: isNew && !isRestored,
    bucket(name, settings = {}) {
      checkBucketName(name)
      const damaged = (key: string, reason: string) => options.damaged?.({ bucket: name, key, file, reason })
      const bucket =
        buckets.get(name) ?? new StoredBucket(new LmdbTable(commits, name), runtime, maxValueBytes, damaged)
      buckets.set(name, bucket)
      bucket.configure(settings)
      return bucket
    },
    async close() {
      for (const bucket of buckets.values()) await bucket.close()
      await copy.close()
      await environment.close()
    },
  }
}

/** Opens the environment; puts a damaged one aside, and opens a new one with what is sound in it. */
async function openSound(
  options: LmdbStateOptions,
  tables: string[],
  known: CopiedEntries,
): Promise<Environment> {
  const { folder, runtime } = options
  const settings = { folder, tables, mapSize: MAP_SIZE, deepCheck: true, usesReserve: true, turns: runtime }
  const open = () => new Environment(settings)
  try {
    return open()
  } catch (thrown) {
    if (!(thrown instanceof DiskFault) || thrown.kind !== 'damaged') throw toStateFault(thrown)
    const aside = guarded(() => putAside(folder, runtime))
    const environment = guarded(open)
    const report = await salvageState(aside, environment, tables).catch((failed) => {
      throw toStateFault(failed)
    })
    const restored = await restoreEntries(environment, known, report.damaged)
    options.salvaged?.({ ...report, reason: thrown.message, aside, restored })
    return environment
  }
}

/** Resolves with true if nothing was ever stored here. */
async function checkFormat(environment: Environment): Promise<boolean> {
  const stored = guarded(() => environment.table(ABOUT).get('format'))
  const format = stored === undefined ? 1 : Number(Buffer.from(stored).toString())
  if (format !== 1 && format !== FORMAT) {
    await environment.close()
    const { folder } = environment
    throw new TocsinError(
      'TCN_STATE_NEWER',
      `${folder} has format ${format}; this version supports ${FORMAT}`,
    )
  }
  const write = { table: ABOUT, key: 'format', value: Buffer.from(String(FORMAT)) }
  // A disk that is full now must not prevent the store from opening.
  if (format !== FORMAT) void environment.commit([write]).catch(() => undefined)
  return stored === undefined && guarded(() => environment.table(REVISIONS).getKeysCount({ limit: 1 })) === 0
}

/** Collects writes made during a commit into the next one. */
class SharedCommits {
  readonly environment: Environment
  readonly copy: StateCopy
  #waiting: Write[] = []
  #next: Promise<void> | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor(environment: Environment, copy: StateCopy) {
    this.environment = environment
    this.copy = copy
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

/** A bucket as a table of LMDB. A key is UTF-8 text as encoded by ordered-binary. */
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
    try {
      return decodeEntry(key, bytes)
    } catch (cause) {
      const message = `${dataFile(this.#commits.environment.folder)}, record ${this.#name}/${key}: ${messageOf(cause)}`
      throw new TocsinError('TCN_STATE_CORRUPT', message, { cause })
    }
  }

  put(key: string, entry: StoredEntry): Promise<void> {
    return this.#write(key, encodeEntry(key, entry), entry.revision)
  }

  remove(key: string, revision: number): Promise<void> {
    return this.#write(key, undefined, revision)
  }

  keys(prefix: string, after: string | undefined, limit: number): string[] {
    return guarded(() => {
      const keys: string[] = []
      for (const key of this.#table.getKeys(rangeFrom(after ?? prefix, limit + 1))) {
        if (keys.length === limit || (typeof key === 'string' && !key.startsWith(prefix))) break
        // A damaged key may have become a number.
        if (key !== after) keys.push(String(key))
      }
      return keys
    })
  }

  get #table() {
    return this.#commits.environment.table(this.#name)
  }

  async #write(key: string, value: Uint8Array | undefined, revision: number): Promise<void> {
    const highest = new Uint8Array(8)
    writeU64(highest, 0, revision)
    await this.#commits.write([
      { table: this.#name, key, value },
      { table: REVISIONS, key: this.#name, value: highest },
    ])
    this.#commits.copy.changed(this.#name)
  }
}

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
  const reason = messageOf(thrown)
  const damaged = !(thrown instanceof DiskFault) || thrown.kind === 'damaged'
  return new TocsinError(damaged ? 'TCN_STATE_CORRUPT' : 'TCN_STATE_WRITE', reason, { cause: thrown })
}
