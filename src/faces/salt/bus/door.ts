import { createServer, type Server, type Socket } from 'node:net'
import { shareReads } from '../../native/shared-reads.js'
import type { PubPeer } from './pub-peer.js'
import type { PullPeer } from './pull-peer.js'

/** One place where a Salt bus is reached, and who came in there: publishers (`pull`) or subscribers (`pub`). */
export class Door {
  readonly kind: 'pub' | 'pull'
  readonly server: Server
  readonly peers = new Set<PullPeer | PubPeer>()
  /** `unix:/run/salt/master_event_pub.ipc`; set when it listens. */
  address = ''
  #closed: Promise<unknown> | undefined

  constructor(kind: 'pub' | 'pull', accept: (socket: Socket) => void) {
    this.kind = kind
    this.server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) =>
      // Subscribers send nothing, and shared reads would cost each of them.
      accept(kind === 'pull' ? shareReads(socket) : socket.resume()),
    )
  }

  /** Nobody comes in any more; resolves when all have left. */
  close(): Promise<unknown> {
    this.#closed ??= new Promise((done) => this.server.close(done))
    return this.#closed
  }
}
