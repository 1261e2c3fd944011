import type { FileHandle } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { type FileStat, type FoundFile, fileStat, matchFingerprint, sameBefore } from './file-identity.js'
import { type Follower, openToRead } from './follower.js'

export interface Copy {
  file: FileHandle
  found: FileStat
}

/** Returns whether the name is that of the original with something appended. */
export function isNamedAfter(path: string, original: string): boolean {
  const name = basename(path)
  return (
    dirname(path) === dirname(original) && name !== basename(original) && name.startsWith(basename(original))
  )
}

/** Returns whether the file has the content of the followed one, of which nothing was published yet. */
export async function isCopyOf(
  { path, id }: FoundFile,
  follower: Follower,
  followLinks?: boolean,
): Promise<boolean> {
  if (follower.print.length === 0) return false
  const file = await openToRead(path, followLinks).catch(() => undefined)
  if (!file) return false
  try {
    const found = fileStat(await file.stat({ bigint: true }))
    const { size } = await follower.file.stat()
    const alike = found?.id === id && (await matchFingerprint(file, follower.print)) !== undefined
    return alike && (await sameBefore(file, follower.file, Math.min(size, found.size)))
  } finally {
    await file.close()
  }
}

/** Opens the file if it has what was read of the followed one. `moved`: another file has the name by now. */
export async function openIfLike(
  { path, id }: FoundFile,
  follower: Follower,
  followLinks: boolean | undefined,
): Promise<Copy | 'moved' | undefined> {
  const file = await openToRead(path, followLinks).catch(() => undefined)
  if (!file) return 'moved'
  const found = fileStat(await file.stat({ bigint: true }))
  if (found?.id === id && (await follower.isIn(file))) return { file, found }
  await file.close()
  return found?.id === id ? undefined : 'moved'
}
