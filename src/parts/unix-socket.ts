import { chmodSync, chownSync, lstatSync, rmSync, statSync } from 'node:fs'
import { connect, type Server } from 'node:net'
import { TrustedPlace } from '../config/trusted-file.js'
import { codeOf } from '../errors/thrown.js'
import { BACKLOG } from './accepted.js'

/** Who may connect. */
export interface SocketAccess {
  /** Such as 0660. */
  readonly mode: number
  /** Undefined: the group of this process. */
  readonly gid?: number | undefined
}

/** Listens on a socket that no other user can reach, until `shareSocket` opens it to others. */
export function listenUnshared(server: Server, path: string): void {
  withUmask(0o177, () => server.listen({ path, backlog: BACKLOG }))
}

/**
 * Opens the socket at which this process listens to others. Throws an error if something else is there: somebody may
 * have put it there since the socket was bound. What is looked at is what is changed.
 */
export function shareSocket(path: string, { mode, gid }: SocketAccess): void {
  using place = TrustedPlace.find(path)
  const found = statSync(place.path)
  if (!found.isSocket() || found.uid !== (process.geteuid?.() ?? found.uid))
    throw new Error(`${path} is no longer the socket that this process has made`)
  if (gid !== undefined) chownSync(place.path, -1, gid)
  chmodSync(place.path, mode)
}

/**
 * Removes a socket at which no process listens, as one that was killed leaves it. Resolves with what is at the path then:
 * nothing, a socket at which a process listens, or something else.
 */
export async function removeDeadSocket(path: string): Promise<'nothing' | 'listener' | 'no socket'> {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found === undefined) return 'nothing'
  if (!found.isSocket()) return 'no socket'
  if (await isAnswered(path)) return 'listener'
  rmSync(path, { force: true })
  return 'nothing'
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', (error) => {
      const code = codeOf(error)
      if (code === 'ECONNREFUSED' || code === 'ENOENT') resolve(false)
      // EAGAIN: the queue of connections is full, so a process listens. EPROTOTYPE: a process reads datagrams.
      else if (code === 'EAGAIN' || code === 'EPROTOTYPE') resolve(true)
      else reject(error)
    })
  })
}

/** Throws an error if another user could exchange the socket, or one of the folders on the way to it. */
export function checkSocketFolders(path: string): void {
  TrustedPlace.find(path, { guarded: true })[Symbol.dispose]()
}

/** Runs with a umask; the socket is bound within `listen`. */
function withUmask(mask: number, run: () => void): void {
  const before = setUmask(mask)
  try {
    run()
  } finally {
    if (before !== undefined) process.umask(before)
  }
}

/** A worker thread may not set the umask, so there only the private folder protects the socket. */
function setUmask(mask: number): number | undefined {
  try {
    return process.umask(mask)
  } catch {
    return undefined
  }
}
