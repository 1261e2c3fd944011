import { constants } from 'node:fs'
import { type FileHandle, lstat, open, readlink } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_RDWR } = constants
const MAX_LINKS = 8
const ROOT = 0

/**
 * Opens or creates a file of this user to append to. Somebody else who may write into its folder could put a file there
 * to read what is written, or a link to have something else overwritten: rejects with an error for those.
 */
export async function openOwn(path: string): Promise<FileHandle> {
  const handle = await openFollowing(path, MAX_LINKS)
  try {
    const { uid } = await handle.stat()
    if (isTrusted(uid)) return handle
    throw new Error(`${path} belongs to user ${uid}: give it to the user of the hub`)
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** Follows links of root and of this user, one by one. */
async function openFollowing(path: string, most: number): Promise<FileHandle> {
  try {
    return await open(path, O_APPEND | O_CREAT | O_NOFOLLOW | O_RDWR, 0o640)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ELOOP' || most === 0) throw error
    return openFollowing(await targetOf(path), most - 1)
  }
}

async function targetOf(path: string): Promise<string> {
  const link = await lstat(path, { bigint: true })
  const target = await readlink(path)
  const { ino, ctimeNs } = await lstat(path, { bigint: true })
  // A link never changes: if it is still the same one, this is where it leads.
  if (ino !== link.ino || ctimeNs !== link.ctimeNs) throw new Error(`${path} has just been replaced`)
  if (isTrusted(Number(link.uid))) return resolve(dirname(path), target)
  throw new Error(`${path} is a link of user ${link.uid}, which is not followed`)
}

function isTrusted(uid: number): boolean {
  return uid === ROOT || uid === process.getuid?.()
}
