import { statSync } from 'node:fs'
import { allDbs, open, type RootDatabase } from 'lmdb'
import { filesWereOpened } from '../processes/inherited-files.js'
import { faultInTurns, type Turns } from './check-in-turns.js'
import { checkDisk, DiskFault, toDiskFault } from './disk-fault.js'
import {
  createDataFile,
  dataFile,
  dataFileBytes,
  faultOfFiles,
  fillDataFile,
  fillLockFile,
  flush,
  isUnwritten,
  makeFolder,
  syncFolder,
} from './folder.js'
import { faultOfDataFile } from './lmdb-file.js'

export type Key = number | string

/** The part of a table of LMDB that is used. The types of lmdb themselves cannot be imported by ES modules. */
export interface Table {
  get(key: Key): Uint8Array | undefined
  /** Returns bytes that are valid until the next call of any table. Only their `length` is that of the value. */
  getBinaryFast(key: Key): Uint8Array | undefined
  getKeys(range?: TableRange): Iterable<Key>
  getRange(range?: TableRange): Iterable<{ key: Key; value: Uint8Array }>
  getKeysCount(range?: TableRange): number
  put(key: Key, value: Uint8Array, flags?: number): Promise<boolean>
  remove(key: Key): Promise<boolean>
}

export interface TableRange {
  start?: Key
  end?: Key
  exclusiveStart?: boolean
  reverse?: boolean
  limit?: number
}

export interface EnvironmentOptions {
  folder: string
  tables: readonly string[]
  /** Tables that can be missing, and are then not created. They can be read only. */
  optional?: readonly string[]
  /** Initial address space in bytes. The file is only as large as its contents. */
  mapSize: number
  readOnly?: boolean
  /** True if all values are checked before LMDB opens the file, besides the trees that lead to them. */
  deepCheck?: boolean
  /** True if the file is known to be sound, and need not be checked. */
  checked?: boolean
  /** True if its empty file is known to be on the disk, so that opening it flushes nothing. */
  isFlushed?: boolean
  /** True if nothing is ever flushed: the caller does that. */
  unflushed?: boolean
  /** True if its writes are few and small, so that they may use half of the room that the log leaves free. */
  usesReserve?: boolean
  /** With these, the file is checked a little in each turn of the event loop when it is opened again after a fault. */
  turns?: Turns
}

export interface Write {
  table: string
  key: Key
  /** Must not change until the commit is complete. Undefined: the key is removed. */
  value: Uint8Array | undefined
  /** True if the key comes after all existing ones. */
  append?: boolean
}

/**
 * A search passes over many chunks at once, and to look at the file for each of them would take longer. After these, or
 * in the next microtask, it is looked at again.
 */
const READS_PER_LOOK = 8
const OR_NONE = { throwIfNoEntry: false } as const

/** An LMDB environment with named tables of bytes. All its errors are DiskFaults. */
export class Environment {
  readonly folder: string
  readonly #file: string
  readonly #options: EnvironmentOptions
  readonly #tables = new Map<string, Table>()
  #root: RootDatabase<Uint8Array, Key> | undefined
  #lastCommit: Promise<void> = Promise.resolve()
  /** An environment whose commit failed accepts no other one: the next would wait for a lock indefinitely. */
  #broken = false
  #openFault: unknown
  /** Largest size of the file that was seen. */
  #bytes = 0
  /** Reads before the next look at the file. */
  #trusted = 0

  /** Pending while the environment is reopened after a fault; nothing can be read meanwhile. */
  opening: Promise<void> | undefined

  constructor(options: EnvironmentOptions) {
    this.folder = options.folder
    this.#file = dataFile(options.folder)
    this.#options = options
    try {
      this.#open(options.readOnly ?? false)
    } catch (thrown) {
      throw toDiskFault(thrown, this.folder)
    }
  }

  /** Returns undefined if the table is missing. */
  optionalTable(name: string): Table | undefined {
    return this.#tables.get(name)
  }

  table(name: string): Table {
    const table = this.#tables.get(name)
    if (table === undefined) throw new DiskFault('failed', `${this.folder} is not open`)
    return table
  }

  /**
   * True if the file is shorter than it was, since somebody has truncated it or writes over it. LMDB must not touch
   * it any more: a missing page of a mapped file ends the process (SIGBUS).
   */
  get isCut(): boolean {
    if (this.#trusted > 0) {
      this.#trusted--
      return false
    }
    const { size } = statSync(this.#file, OR_NONE) ?? { size: this.#bytes }
    if (size < this.#bytes) return true
    this.#bytes = size
    this.#trusted = READS_PER_LOOK - 1
    queueMicrotask(() => {
      this.#trusted = 0
    })
    return false
  }

  /** Ends the current read transaction: after a damaged page, all reads in it would fail. */
  resetRead(): void {
    this.#root?.resetReadTxn()
  }

  /** Commits all writes or none, one commit after another. Resolves when they are flushed to the disk. */
  commit(writes: readonly Write[]): Promise<void> {
    const commit = this.#lastCommit.then(() => this.#commit(writes))
    this.#lastCommit = commit.catch(() => undefined)
    return commit
  }

  /** Commits at once; `run` reads and writes through `table`. Errors that it throws are passed on unchanged. */
  transact<Result>(run: () => Result): Result {
    let thrownByRun = false
    const guarded = () => {
      try {
        return run()
      } catch (thrown) {
        thrownByRun = true
        throw thrown
      }
    }
    try {
      this.#checkCut()
      this.#checkRoom(0)
      if (this.#root === undefined) throw new DiskFault('failed', `${this.folder} is not open`)
      return this.#root.transactionSync(guarded)
    } catch (thrown) {
      if (thrownByRun) throw thrown
      this.#broken ||= !(thrown instanceof DiskFault)
      throw toDiskFault(thrown, this.folder)
    }
  }

  async close(): Promise<void> {
    await this.#lastCommit
    await this.#close()
  }

  async #commit(writes: readonly Write[]): Promise<void> {
    try {
      this.#checkCut()
      this.#checkRoom(sizeOf(writes))
      if (this.#broken) await this.#openAgain()
      if (this.#broken) throw this.#openFault
      await this.#write(writes)
    } catch (thrown) {
      throw toDiskFault(thrown, this.folder)
    }
  }

  #checkRoom(bytes: number): void {
    checkDisk(this.folder, bytes, this.#options.usesReserve ? 0.5 : 1)
  }

  #checkCut(): void {
    if (this.isCut) throw new DiskFault('damaged', `${this.#file} has become shorter while it is in use`)
  }

  async #write(writes: readonly Write[]): Promise<void> {
    const appended: Promise<boolean>[] = []
    const root = this.#root!
    const committed = root.batch(() => {
      for (const { table, key, value, append } of writes) {
        const target = this.table(table)
        if (value === undefined) void target.remove(key)
        else if (append) appended.push(target.put(key, value, APPEND))
        else void target.put(key, value)
      }
    })
    const outcomes = await Promise.allSettled([committed, ...appended])
    const failed = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failed !== undefined) {
      this.#broken = true
      const reason = await reasonOf(failed.reason)
      await this.#openAgain()
      throw reason
    }
    if (outcomes.some((outcome) => outcome.status === 'fulfilled' && outcome.value !== true)) {
      throw new DiskFault('failed', `${this.folder}: a key was not the last one`)
    }
  }

  /** Reopens the environment; reading still works when the disk is not writable any more. */
  #openAgain(): Promise<void> {
    this.opening = this.#openWhenChecked()
      .catch((thrown) => {
        // Stays closed; the next commit tries again.
        this.#openFault = thrown
      })
      .finally(() => {
        this.opening = undefined
      })
    return this.opening
  }

  /** Opens the environment again. Nothing that takes long is done in one turn of the event loop. */
  async #openWhenChecked(): Promise<void> {
    const { folder, deepCheck = false, turns } = this.#options
    await this.#close()
    const fault = turns && !isUnwritten(folder) ? await faultInTurns(folder, deepCheck, turns) : undefined
    if (fault !== undefined) throw damaged(folder, fault)
    const known = { checked: turns !== undefined, isFlushed: true }
    try {
      await flush(folder)
      this.#open(false, known)
      this.#broken = false
    } catch (thrown) {
      this.#open(true, known)
      throw thrown
    }
  }

  #open(readOnly: boolean, known: Pick<EnvironmentOptions, 'checked' | 'isFlushed'> = {}): void {
    const { folder, tables, mapSize, deepCheck = false, checked = false } = { ...this.#options, ...known }
    const { isFlushed = false, unflushed = false, optional = [] } = { ...this.#options, ...known }
    if (!readOnly) prepare(folder)
    const isNew = dataFileBytes(folder) === 0
    const fault =
      faultOfFiles(folder, readOnly) ?? (isNew || checked ? undefined : faultOfDataFile(folder, deepCheck))
    if (fault !== undefined) throw damaged(folder, fault)
    const root = open<Uint8Array, Key>({
      path: folder,
      noSubdir: false,
      readOnly,
      mapSize,
      maxDbs: tables.length + optional.length + 1,
      encoding: 'binary',
      // A put must resolve when it is flushed, not merely committed.
      overlappingSync: false,
      noSync: unflushed,
      // If this were on, a failed commit would also reject a promise that nobody can handle.
      eventTurnBatching: false,
    })
    filesWereOpened()
    this.#root = root
    try {
      if (!readOnly && !isFlushed && !unflushed) syncFolder(folder)
      fillUp(folder, root)
      for (const name of tables) {
        // Undefined if it is missing and the environment is read-only.
        const table: Table | undefined = root.openDB<Uint8Array, Key>(name, { encoding: 'binary' })
        if (table === undefined) throw new DiskFault('damaged', `${folder}: the table ${name} is missing`)
        this.#tables.set(name, table)
      }
      for (const name of readOnly ? optional : []) {
        const table: Table | undefined = root.openDB<Uint8Array, Key>(name, { encoding: 'binary' })
        if (table !== undefined) this.#tables.set(name, table)
      }
      this.#bytes = dataFileBytes(folder)
    } catch (thrown) {
      void this.#close()
      throw thrown
    }
  }

  async #close(): Promise<void> {
    forget(new Set<unknown>([this.#root, ...this.#tables.values()]))
    this.#tables.clear()
    const root = this.#root
    this.#root = undefined
    await root?.close()
  }
}

function damaged(folder: string, fault: string): DiskFault {
  return new DiskFault('damaged', `${dataFile(folder)}: ${fault}`)
}

const APPEND = { append: true } as unknown as number

function prepare(folder: string): void {
  makeFolder(folder)
  if (isUnwritten(folder)) {
    checkDisk(folder, 0)
    createDataFile(folder)
  }
  fillLockFile(folder)
}

function fillUp(folder: string, root: RootDatabase): void {
  const { lastPageNumber, root: tree } = root.getStats() as {
    lastPageNumber: number
    root: { pageSize: number }
  }
  fillDataFile(folder, (lastPageNumber + 1) * tree.pageSize)
}

/** Returns the reason of a failed commit: lmdb rejects with a general error that has the reason as another promise. */
async function reasonOf(failure: unknown): Promise<unknown> {
  const { commitError } = failure as { commitError?: Promise<never> }
  return commitError === undefined ? failure : commitError.catch((reason: unknown) => reason)
}

function sizeOf(writes: readonly Write[]): number {
  return writes.reduce((sum, { value }) => sum + (value?.length ?? 0), 0)
}

function forget(databases: ReadonlySet<unknown>): void {
  for (const [name, database] of allDbs) if (databases.has(database)) allDbs.delete(name)
}
