import { lstatSync, unlinkSync } from 'node:fs'
import { connect, type Server } from 'node:net'
import { dirname } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import { TocsinError } from '../../event/errors.js'
import type { Runtime } from '../../event/runtime.js'
import { makeFolders } from '../../lmdb/make-folders.js'
import { withFolderLock } from '../folder-lock.js'

/** The system allows 108 bytes with the final NUL (unix(7)). */
const MAX_PATH_BYTES = 107
/** Connections that wait to be taken; one more is refused (EAGAIN). The system lowers it to its own limit. */
const BACKLOG = 4096

/**
 * Listens in a folder that is private to this user; a socket left from a crash is taken away. Rejects with
 * TCN_SOCKET_IN_USE, TCN_SOCKET_FOLDER or TCN_CLIENT_PATH_TOO_LONG.
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

/** Takes a socket away to which nobody answers. Rejects with TCN_SOCKET_IN_USE where anything else is there. */
export async function clearSocket(path: string, who = 'a hub'): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found === undefined) return
  if (!found.isSocket()) throw new TocsinError('TCN_SOCKET_IN_USE', `${path} exists and is no socket`)
  if (await isAnswered(path)) throw new TocsinError('TCN_SOCKET_IN_USE', `${who} already listens on ${path}`)
  unlinkSync(path)
}

export function checkPathLength(path: string): void {
  const bytes = Buffer.byteLength(path)
  if (bytes > MAX_PATH_BYTES) {
    throw new TocsinError('TCN_CLIENT_PATH_TOO_LONG', `the path of the socket has ${bytes} bytes: ${path}`, {
      details: { bytes, limit: MAX_PATH_BYTES },
    })
  }
}

/** Nobody else may reach the socket, not even for the moment between bind and chmod. */
export async function bindSocket(server: Server, path: string): Promise<void> {
  const listening = new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const inUse = error.code === 'EADDRINUSE'
      const code = inUse ? 'TCN_SOCKET_IN_USE' : 'TCN_SOCKET_FOLDER'
      reject(new TocsinError(code, `cannot listen on ${path}: ${error.message}`, { cause: error }))
    })
    server.once('listening', resolve)
  })
  withUmask(0o177, () => server.listen({ path, backlog: BACKLOG }))
  await listening
}

function checkFolder(folder: string): void {
  try {
    makeFolders(folder, 0o700)
  } catch (error) {
    throw new TocsinError(
      'TCN_SOCKET_FOLDER',
      `cannot make the folder ${folder}: ${(error as Error).message}`,
    )
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
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(false)
      // EAGAIN: its queue of connections is full, so somebody listens.
      else if (error.code === 'EAGAIN') resolve(true)
      else
        reject(new TocsinError('TCN_SOCKET_FOLDER', `cannot tell who listens on ${path}: ${error.message}`))
    })
  })
}

/** The socket is bound within `listen`. A worker thread may not set the umask; there the folder has to do. */
function withUmask(mask: number, run: () => void): void {
  const before = isMainThread ? process.umask(mask) : undefined
  try {
    run()
  } finally {
    if (before !== undefined) process.umask(before)
  }
}
