import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  statSync,
  truncateSync,
} from 'node:fs'
import { dirname, join } from 'node:path'

/** More than LMDB needs for its 126 readers. */
const LOCK_BYTES = 12 * 1024

/** Makes the folder of an environment, private to this user, so that it is still there after a power loss. */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  mkdirSync(folder, { recursive: true, mode: 0o700 })
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

/** LMDB maps its lock file: a page that the full disk cannot give would be the end of the process (SIGBUS). */
export function fillLockFile(folder: string): void {
  const file = join(folder, 'lock.mdb')
  const missing = LOCK_BYTES - sizeOf(file)
  if (missing > 0) appendFileSync(file, Buffer.alloc(missing), { mode: 0o600 })
}

/** A data file that was cut short reads as zeros, which a checksum finds; unmapped it would be a SIGBUS. */
export function fillDataFile(folder: string, bytes: number): void {
  const file = join(folder, 'data.mdb')
  if (sizeOf(file) < bytes) truncateSync(file, bytes)
}

export function dataFileBytes(folder: string): number {
  return sizeOf(join(folder, 'data.mdb'))
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}
