import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  truncateSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { codeOf } from '../errors/thrown.js'
import { DiskFault } from './disk-fault.js'
import { Page, PageFault, readMeta } from './lmdb-format.js'

/** More than LMDB needs for its 126 readers. */
const LOCK_BYTES = 12 * 1024

const PAGE_SIZES = [4096, 8192, 16_384, 32_768, 65_536]
const META_BYTES = 168
const MAGIC_AT = 24
const MAGIC = 0xbeefc0de

/** Creates the folder of an environment, private to this user, and makes sure that it survives a power loss. */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolders(folder, 0o700)
  syncFolder(dirname(folder))
}

export function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** Flushes a file or a folder, while the event loop goes on. */
export async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Fills LMDB's memory-mapped lock file: a page that a full disk cannot provide would end the process (SIGBUS). */
export function fillLockFile(folder: string): void {
  const file = join(folder, 'lock.mdb')
  checkIsFile(file)
  const missing = LOCK_BYTES - sizeOf(file)
  if (missing > 0) appendFileSync(file, Buffer.alloc(missing), { mode: 0o600 })
}

/** Creates an empty data file that only this user can read; LMDB would let everybody read it. */
export function createDataFile(folder: string): void {
  closeSync(openSync(dataFile(folder), 'w', 0o600))
}

/**
 * Returns whether nothing was ever committed to the data file: it is missing or empty, or LMDB was interrupted when
 * it wrote the two pages of a new one, of which the first is there.
 */
export function isUnwritten(folder: string): boolean {
  if (!isFileOrNone(dataFile(folder))) return false
  const bytes = dataFileBytes(folder)
  if (bytes === 0 || bytes > Math.max(...PAGE_SIZES)) return bytes === 0
  try {
    const { pageSize, transaction } = readMeta(new Page(readFileSync(dataFile(folder))).view, 0)
    return bytes <= pageSize && transaction === 0
  } catch (thrown) {
    if (thrown instanceof PageFault) return false
    throw thrown
  }
}

/** Extends a truncated data file: zeros are found by a checksum, but a missing page would cause a SIGBUS. */
export function fillDataFile(folder: string, bytes: number): void {
  const file = join(folder, 'data.mdb')
  if (sizeOf(file) < bytes) truncateSync(file, bytes)
}

/**
 * Opens the files that LMDB is about to open, and checks the two meta pages: if LMDB itself cannot open an
 * environment, lmdb uses freed memory (3.5.6, EnvWrap::openEnv). Returns undefined if all is well.
 */
export function faultOfFiles(folder: string, readOnly: boolean): string | undefined {
  const mode = readOnly ? 'r' : 'r+'
  const lock = join(folder, 'lock.mdb')
  for (const file of [lock, dataFile(folder)]) checkIsFile(file)
  if (!readOnly) closeSync(openSync(lock, mode))
  if (!readOnly && dataFileBytes(folder) === 0) return undefined
  const file = openSync(dataFile(folder), mode)
  try {
    return isMetaPage(file, 0) && PAGE_SIZES.some((size) => isMetaPage(file, size))
      ? undefined
      : 'no LMDB file'
  } finally {
    closeSync(file)
  }
}

function isMetaPage(file: number, at: number): boolean {
  const bytes = Buffer.alloc(META_BYTES)
  return readSync(file, bytes, 0, META_BYTES, at) === META_BYTES && bytes.readUInt32LE(MAGIC_AT) === MAGIC
}

export function dataFile(folder: string): string {
  return join(folder, 'data.mdb')
}

export function dataFileBytes(folder: string): number {
  return sizeOf(dataFile(folder))
}

function sizeOf(file: string): number {
  return isFileOrNone(file) ? (statSync(file, { throwIfNoEntry: false })?.size ?? 0) : 0
}

/** Throws a DiskFault for a folder, a pipe or a device: opening it would end the process, or never come to an end. */
export function checkIsFile(path: string): void {
  if (!isFileOrNone(path)) throw new DiskFault('damaged', `${path}: it is not a regular file`)
}

/** A name below a file is not that of a file either. */
function isFileOrNone(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? true
  } catch (error) {
    if (codeOf(error) === 'ENOTDIR') return false
    throw error
  }
}

/**
 * Creates the folder and its parents. The recursive mkdir of Node 20 never returns if no folder can be created
 * in an existing one, such as /proc, because mkdir fails with ENOENT there too.
 */
export function makeFolders(folder: string, mode: number): void {
  try {
    mkdirSync(folder, { mode })
  } catch (error) {
    const parent = dirname(folder)
    if (codeOf(error) === 'ENOENT' && !existsSync(parent)) {
      makeFolders(parent, mode)
      makeFolders(folder, mode)
    } else if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error
  }
}
