import { statSync } from 'node:fs'
import { type FileHandle, open, realpath, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { messageOf } from '../../errors/thrown.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import { flush, makeFolder } from '../../storage/folder.js'

const NEW_FILE = 0o600

/**
 * Replaces the content of a file: after a crash it has the old content or the new one, and what is there when this
 * resolves survives a power loss. Owner and mode stay, and so does a link that leads to it. Rejects with
 * TCN_FILE_UNWRITABLE.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  try {
    const target = await realpath(path).catch(absentAt(path))
    const replacement = `${target}.new`
    makeFolder(dirname(target))
    // One that a crash has left.
    await rm(replacement, { force: true })
    await writeFlushed(replacement, text, target)
    await rename(replacement, target)
    await flush(dirname(target))
  } catch (thrown) {
    throw unwritable(path, thrown)
  }
}

/** Removes a file, if it exists, so that it stays removed. */
export async function removeFile(path: string): Promise<void> {
  try {
    await rm(path, { force: true })
    await flush(dirname(path))
  } catch (thrown) {
    throw unwritable(path, thrown)
  }
}

async function writeFlushed(path: string, text: string, like: string): Promise<void> {
  const handle = await open(path, 'wx', NEW_FILE)
  try {
    await handle.writeFile(text)
    await copyOwner(handle, like)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function copyOwner(handle: FileHandle, like: string): Promise<void> {
  const old = statSync(like, { throwIfNoEntry: false })
  if (old === undefined) return
  const own = await handle.stat()
  if (own.uid !== old.uid || own.gid !== old.gid) await handle.chown(old.uid, old.gid)
  await handle.chmod(old.mode & 0o7777)
}

function absentAt(path: string) {
  return (thrown: NodeJS.ErrnoException): string => {
    if (thrown.code === 'ENOENT') return path
    throw thrown
  }
}

function unwritable(path: string, thrown: unknown): TocsinError {
  return new TocsinError('TCN_FILE_UNWRITABLE', `${path}: ${messageOf(thrown)}`, { cause: thrown })
}
