import { statSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { formatAddress } from '../../../config/values/address.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { BACKLOG } from '../../../parts/accepted.js'
import { portOf } from '../../../parts/bound-port.js'
import { type SocketAccess, shareSocket } from '../../../parts/unix-socket.js'
import { runProgram } from '../../../processes/run-program.js'
import { makeFolders } from '../../../storage/folder.js'
import { Binding, listening } from '../../shared/binding.js'
import { listenError } from '../../shared/listen-error.js'
import { bindSocket, checkPathLength, clearSocket } from '../../shared/socket-file.js'
import { shareReads } from '../../shared/socket-handle.js'

/** A read is handled at once, and may consist of frames of a few bytes. */
const READ_BYTES = 16 * 1024

/** A publisher or subscriber of a Salt bus. */
export interface SaltPeer {
  readonly listener: SaltListener
  readonly socket: Socket
}

/** One address of a Salt bus with its peers: publishers (`pull`) or subscribers (`pub`). */
export class SaltListener {
  readonly kind: 'pub' | 'pull'
  readonly server: Server
  readonly binding: Binding
  readonly peers = new Set<SaltPeer>()
  /** For example `unix:/run/salt/master_event_pub.ipc`; empty until it listens. */
  address = ''
  #closed: Promise<unknown> | undefined

  constructor(
    kind: 'pub' | 'pull',
    listen: (server: Server) => Promise<string>,
    accept: (socket: Socket) => void,
  ) {
    this.kind = kind
    this.server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) =>
      // Subscribers send nothing, so shared reads would only cost memory.
      accept(kind === 'pull' ? shareReads(socket, READ_BYTES) : socket.resume()),
    )
    this.binding = new Binding(this.server, async () => {
      this.address = await listen(this.server)
    })
  }

  /** Accepts no more connections; resolves when all peers have disconnected. */
  close(): Promise<unknown> {
    this.#closed ??= this.binding.close()
    return this.#closed
  }
}

export interface SocketPlace extends SocketAccess {
  readonly path: string
}

/** The only address: a bus that does not identify its peers must not be reachable from other machines. */
const LOOPBACK = '127.0.0.1'

/**
 * Makes the path available by removing a socket that a crash left. Rejects with TCN_SOCKET_IN_USE,
 * TCN_SOCKET_PATH_TAKEN, TCN_CLIENT_PATH_TOO_LONG or an error of `listenError`.
 */
export async function claimSaltSocket(path: string): Promise<void> {
  checkPathLength(path)
  await clearSocket(path, 'a Salt daemon or a hub')
}

/** Binds with access for the owner only and then opens the socket to others, like Salt. Returns the address. */
export async function listenOnSocket(server: Server, { path, ...access }: SocketPlace): Promise<string> {
  await bindSocket(server, path)
  try {
    shareSocket(path, access)
  } catch (error) {
    throw listenError(path, error)
  }
  return `unix:${path}`
}

/** Resolves with the address, such as `tcp://127.0.0.1:4512`. */
export async function listenOnPort(server: Server, port: number): Promise<string> {
  const place = { host: LOOPBACK, port }
  await listening(server, formatAddress(place), () => server.listen({ ...place, backlog: BACKLOG }))
  return `tcp://${LOOPBACK}:${portOf(server, port)}`
}

/** Returns the id of a group by name or number, from any database of the system. Rejects with TCN_CONFIG_INVALID. */
export async function groupId(group: string): Promise<number> {
  if (/^\d+$/.test(group)) return Number(group)
  const found = await runProgram('getent', ['group', group], { timeout: 10_000 }).catch(() => undefined)
  const gid = found?.output.split(':')[2]
  if (gid === undefined) throw new TocsinError('TCN_CONFIG_INVALID', `salt: there is no group ${group}`)
  return Number(gid)
}

/** Creates a missing folder with the mode that Salt uses. Throws TCN_SOCKET_FOLDER or an error of `listenError`. */
export function claimFolder(folder: string): void {
  try {
    makeFolders(folder, 0o755)
  } catch (error) {
    throw listenError(folder, error)
  }
  const { mode } = statSync(folder)
  const everybodyMayReplace = (mode & 0o002) !== 0 && (mode & 0o1000) === 0
  if (everybodyMayReplace) {
    throw new TocsinError('TCN_SOCKET_FOLDER', `everybody can write to the folder ${folder}`)
  }
}
