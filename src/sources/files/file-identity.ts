import { createHash } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'

/** Identity and size of a file. */
export interface FileStat {
  /** Device and inode. A renamed file keeps them; those of a deleted file may be used again. */
  id: string
  size: number
  /** Creation time, ms since the epoch; the time of the last change on file systems without one. */
  born: number
  /** Time of the last write, ms since the epoch. */
  written: number
  /** Time of the last change, ns since the epoch. */
  changed: bigint
  /** Number of its names; 0 if it is deleted. */
  links: number
}

/** Returns undefined if it is not a regular file. */
export function fileStat(stats: BigIntStats): FileStat | undefined {
  if (!stats.isFile()) return undefined
  return {
    id: `${stats.dev}:${stats.ino}`,
    size: Number(stats.size),
    born: Number(stats.birthtimeMs || stats.mtimeMs),
    written: Number(stats.mtimeMs),
    changed: stats.ctimeNs,
    links: Number(stats.nlink),
  }
}

export interface FoundFile extends FileStat {
  path: string
}

/** Returns a key that distinguishes a file from a later one with the same inode. */
export function identityOf({ id, born }: { id: string; born: number }): string {
  return `${id}@${born}`
}

const MAX_BYTES = 256

/** Hash of the first bytes of a file, which distinguishes it from another one with the same inode or name. */
export interface Fingerprint {
  /** Number of hashed bytes; with 0, every file matches. */
  length: number
  hash: string
}

export const NO_FINGERPRINT: Fingerprint = { length: 0, hash: '' }

/** Returns the fingerprint of a file that begins with these bytes. */
export function fingerprintOf(beginning: Uint8Array): Fingerprint {
  const first = beginning.subarray(0, MAX_BYTES)
  return first.length === 0 ? NO_FINGERPRINT : { length: first.length, hash: hashOf(first) }
}

/**
 * Compares the current beginning of the file. Undefined if the content differs or is shorter; otherwise the
 * fingerprint, which covers more bytes than before if the file has grown.
 */
export async function matchFingerprint(
  file: FileHandle,
  known: Fingerprint,
): Promise<Fingerprint | undefined> {
  const { buffer, bytesRead } = await file.read(new Uint8Array(MAX_BYTES), 0, MAX_BYTES, 0)
  if (bytesRead < known.length) return undefined
  if (known.length > 0 && hashOf(buffer.subarray(0, known.length)) !== known.hash) return undefined
  if (bytesRead === known.length) return known
  return fingerprintOf(buffer.subarray(0, bytesRead))
}

/** Returns whether both files have the same bytes before `offset`, judged by the last of them. */
export async function sameBefore(a: FileHandle, b: FileHandle, offset: number): Promise<boolean> {
  const start = Math.max(0, offset - MAX_BYTES)
  const read = async (file: FileHandle) => {
    const { buffer, bytesRead } = await file.read(new Uint8Array(MAX_BYTES), 0, offset - start, start)
    return buffer.subarray(0, bytesRead)
  }
  const [left, right] = [await read(a), await read(b)]
  return (
    left.length === offset - start &&
    left.length === right.length &&
    left.every((byte, i) => byte === right[i])
  )
}

export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16)
}
