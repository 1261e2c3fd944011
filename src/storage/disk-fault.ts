import { accessSync, constants, statfsSync } from 'node:fs'

export type DiskFaultKind = 'full' | 'read-only' | 'failed' | 'damaged'

/** The reason why the disk does not store data, or does not return it. */
export class DiskFault extends Error {
  readonly kind: DiskFaultKind

  constructor(kind: DiskFaultKind, message: string, cause?: unknown) {
    super(message, { cause })
    this.kind = kind
  }
}

const kinds: Record<string, DiskFaultKind> = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  EROFS: 'read-only',
  EACCES: 'read-only',
  EPERM: 'read-only',
  // LMDB uses the numbers of errno, and its own ones below zero.
  28: 'full',
  122: 'full',
  [-30792]: 'full',
  30: 'read-only',
  13: 'read-only',
  1: 'read-only',
  [-30797]: 'damaged',
  [-30796]: 'damaged',
  [-30794]: 'damaged',
  [-30793]: 'damaged',
  // Within one call, lmdb reads on after a damaged page, in a transaction that has failed (MDB_BAD_TXN).
  [-30782]: 'damaged',
}

/** Limit for the free bytes below which nothing more is written. */
const MAX_RESERVE = 64 * 1024 * 1024
/** Pages of the tree that one commit may rewrite, in bytes. */
const TREE_BYTES = 256 * 1024

export function toDiskFault(thrown: unknown, folder: string): DiskFault {
  if (thrown instanceof DiskFault) return thrown
  const { code, message } = thrown as { code?: string | number; message?: string }
  const kind = kinds[String(code)] ?? (isFull(folder) ? 'full' : 'failed')
  return new DiskFault(kind, `${folder}: ${message ?? String(thrown)}`, thrown)
}

/**
 * Throws when a commit of this size must not be attempted. LMDB itself must not find this out: if the disk
 * refuses a write of its pages, it formats a message into a buffer that is too small (lmdb 3.5.6,
 * mdb_page_flush) and may crash the process.
 * `share`: the part of the reserve that must stay free.
 */
export function checkDisk(folder: string, bytes: number, share = 1): void {
  try {
    accessSync(folder, constants.W_OK)
    const { free, reserve } = roomOf(folder)
    if (free >= bytes * 1.25 + TREE_BYTES + reserve * share) return
    throw new DiskFault('full', `${folder}: ${free} bytes are free on the disk`)
  } catch (thrown) {
    throw toDiskFault(thrown, folder)
  }
}

// LMDB reports an incomplete write as EIO.
function isFull(folder: string): boolean {
  try {
    const { free, reserve } = roomOf(folder)
    return free < TREE_BYTES + reserve
  } catch {
    return false
  }
}

function roomOf(folder: string): { free: number; reserve: number } {
  const { bavail, blocks, bsize } = statfsSync(folder)
  return { free: bavail * bsize, reserve: Math.min(MAX_RESERVE, (blocks * bsize) / 64) }
}
