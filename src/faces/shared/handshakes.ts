import type { Server, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { formatAddress } from '../../config/values/address.js'
import type { LongWork } from '../../incremental/long-work.js'
import { IDENTIFIED, identified, type Strangers } from './strangers.js'

/** The connections of a TLS server in the handshake. */
export class Handshakes {
  readonly #open = new Map<string, Socket>()
  #isAbandoned = false

  begin(socket: Socket): void {
    if (this.#isAbandoned) return void socket.destroy()
    const key = peerOf(socket)
    this.#open.set(key, socket)
    socket.once('close', () => {
      if (this.#open.get(key) === socket) this.#open.delete(key)
    })
  }

  /** From now on the bare socket counts as identified as soon as the secure one is. */
  done(secure: TLSSocket): void {
    const key = peerOf(secure)
    const bare = this.#open.get(key)
    this.#open.delete(key)
    if (bare !== undefined) secure.once(IDENTIFIED, () => identified(bare))
  }

  /** A hub that stops does not wait for handshakes. */
  abandon(): void {
    this.#isAbandoned = true
    for (const socket of this.#open.values()) socket.destroy()
  }
}

interface Turns {
  work: LongWork
  strangers: Strangers
}

/**
 * Calls `begin` for each new connection of a server when it is the turn of its address, and then lets the server serve it.
 * After a restart thousands of peers come at once, and each handshake takes a millisecond: if all began, they would hold
 * everybody up, and most would end for being late.
 */
export function shakeInTurn(
  server: Server,
  { work, strangers }: Turns,
  begin: (socket: Socket) => void,
): void {
  const listeners = server.listeners('connection')
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    const served = strangers.arrive(socket)
    if (served === undefined) return void socket.destroy()
    const fail = () => void socket.destroy()
    socket.on('error', fail)
    const turn = () => {
      if (socket.destroyed) return
      served()
      socket.off('error', fail)
      begin(socket)
      if (socket.destroyed) return
      for (const each of listeners) each.call(server, socket)
    }
    work.once(socket.remoteAddress ?? '', turn).catch(fail)
  })
}

export function peerOf({
  remoteAddress = '?',
  remotePort = 0,
}: Pick<Socket, 'remoteAddress' | 'remotePort'>): string {
  return formatAddress({ host: remoteAddress, port: remotePort })
}
