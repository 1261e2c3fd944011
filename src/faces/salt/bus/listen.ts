import { execFile } from 'node:child_process'
import { chmodSync, chownSync, statSync } from 'node:fs'
import type { Server } from 'node:net'
import { promisify } from 'node:util'
import { TocsinError } from '../../../event/errors.js'
import { makeFolders } from '../../../lmdb/make-folders.js'
import { cannotListen } from '../../cannot-listen.js'
import { bindSocket, checkPathLength, clearSocket } from '../../native/socket-file.js'

export interface SocketPlace {
  path: string
  /** 0600 or 0660 */
  mode: number
  /** Undefined: that of this process. */
  gid?: number
}

/** The only address: whoever is elsewhere has no business on a bus that asks nobody who he is. */
const LOOPBACK = '127.0.0.1'

/**
 * Makes the path free: a socket left from a crash is taken away. Rejects with TCN_SOCKET_IN_USE, TCN_SOCKET_FOLDER or
 * TCN_CLIENT_PATH_TOO_LONG.
 */
export async function claimSaltSocket(path: string): Promise<void> {
  checkPathLength(path)
  await clearSocket(path, 'a Salt daemon or a hub')
}

/** As Salt does it: bound for the owner only, then opened as far as it is to be. */
export async function listenOnSocket(server: Server, { path, mode, gid }: SocketPlace): Promise<string> {
  await bindSocket(server, path)
  try {
    if (gid !== undefined) chownSync(path, -1, gid)
    chmodSync(path, mode)
  } catch (error) {
    throw new TocsinError('TCN_SOCKET_FOLDER', `${path}: ${(error as Error).message}`, { cause: error })
  }
  return `unix:${path}`
}

/** Resolves with the address: `tcp://127.0.0.1:4512`. */
export async function listenOnPort(server: Server, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(LOOPBACK, port, error)))
    server.listen({ host: LOOPBACK, port }, resolve)
  })
  const bound = server.address()
  return `tcp://${LOOPBACK}:${typeof bound === 'object' && bound !== null ? bound.port : port}`
}

/** Number of a group by its name or number, from wherever the system has its groups. Rejects with TCN_CONFIG_INVALID. */
export async function groupId(group: string): Promise<number> {
  if (/^\d+$/.test(group)) return Number(group)
  const found = await promisify(execFile)('getent', ['group', group], { timeout: 10_000 }).catch(
    () => undefined,
  )
  const gid = found?.stdout.split(':')[2]
  if (gid === undefined) throw new TocsinError('TCN_CONFIG_INVALID', `salt: there is no group ${group}`)
  return Number(gid)
}

/** Made as Salt does where it is missing. Throws TCN_SOCKET_FOLDER. */
export function claimFolder(folder: string): void {
  try {
    makeFolders(folder, 0o755)
  } catch (error) {
    throw new TocsinError(
      'TCN_SOCKET_FOLDER',
      `cannot make the folder ${folder}: ${(error as Error).message}`,
    )
  }
  const { mode } = statSync(folder)
  const anybodyMayReplace = (mode & 0o002) !== 0 && (mode & 0o1000) === 0
  if (anybodyMayReplace) {
    throw new TocsinError('TCN_SOCKET_FOLDER', `the folder ${folder} may be written to by everybody`)
  }
}
