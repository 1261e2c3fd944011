import { lstatSync } from 'node:fs'
import type { Server } from 'node:net'
import { dirname } from 'node:path'
import { messageOf } from '../../errors/thrown.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { Runtime } from '../../event/runtime.js'
import { checkSocketFolders, listenUnshared, removeDeadSocket } from '../../parts/unix-socket.js'
import { makeFolders } from '../../storage/folder.js'
import { listening } from './binding.js'
import { withFolderLock } from './folder-lock.js'
import { listenError } from './listen-error.js'

/** The system allows 108 bytes with the final NUL (unix(7)). */
const MAX_PATH_BYTES = 107

/**
 * Listens in a folder that is private to this user, and removes a socket that a crash left behind. Rejects with
 * TCN_SOCKET_IN_USE, TCN_SOCKET_PATH_TAKEN, TCN_SOCKET_FOLDER, TCN_SOCKET_LOCKED, TCN_CLIENT_PATH_TOO_LONG or an
 * error of `listenError`.
 */
export async function listenPrivately(server: Server, path: string, runtime: Runtime): Promise<void> {
  checkPathLength(path)
  const folder = dirname(path)
  checkFolder(folder)
  await withFolderLock(folder, runtime, async () => {
    await clearSocket(path)
    await bindSocket(server, path)
  })
}

/**
 * Removes a socket on which no process listens. Rejects with TCN_SOCKET_IN_USE if a process does, and with
 * TCN_SOCKET_PATH_TAKEN if the path is not that of a socket.
 */
export async function clearSocket(path: string, who = 'a hub'): Promise<void> {
  const found = await removeDeadSocket(path).catch((error) => {
    throw listenError(path, error)
  })
  if (found === 'no socket')
    throw new TocsinError('TCN_SOCKET_PATH_TAKEN', `${path} already exists and is not a socket`)
  if (found === 'listener')
    throw new TocsinError('TCN_SOCKET_IN_USE', `${who} already listens on ${path}`, {
      details: { where: path },
    })
}

export function checkPathLength(path: string): void {
  const bytes = Buffer.byteLength(path)
  if (bytes > MAX_PATH_BYTES) {
    throw new TocsinError('TCN_CLIENT_PATH_TOO_LONG', `the path of the socket has ${bytes} bytes: ${path}`, {
      details: { bytes, limit: MAX_PATH_BYTES },
    })
  }
}

/** Listens on a socket that no other user can reach. Rejects with an error of `listenError`. */
export async function bindSocket(server: Server, path: string): Promise<void> {
  await listening(server, path, () => listenUnshared(server, path))
}

function checkFolder(folder: string): void {
  try {
    makeFolders(folder, 0o700)
  } catch (error) {
    throw listenError(folder, error)
  }
  const { uid, mode } = lstatSync(folder)
  const me = process.getuid?.()
  if (me !== undefined && uid !== me) {
    throw new TocsinError('TCN_SOCKET_FOLDER', `the folder ${folder} belongs to user ${uid}, not to ${me}`)
  }
  if ((mode & 0o077) !== 0) {
    const shown = (mode & 0o777).toString(8)
    throw new TocsinError('TCN_SOCKET_FOLDER', `the folder ${folder} has mode ${shown}; it must be 700`)
  }
  try {
    checkSocketFolders(folder)
  } catch (thrown) {
    throw new TocsinError('TCN_SOCKET_FOLDER', messageOf(thrown), { cause: thrown })
  }
}
