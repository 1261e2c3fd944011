import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { formatAddress } from '../../config/values/address.js'
import { IDENTIFIED, identified } from './strangers.js'

/** The connections of a TLS server in the handshake. */
export class Handshakes {
  readonly #open = new Map<string, Socket>()

  begin(socket: Socket): void {
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
    for (const socket of this.#open.values()) socket.destroy()
  }
}

export function peerOf({ remoteAddress = '?', remotePort = 0 }: Socket): string {
  return formatAddress({ host: remoteAddress, port: remotePort })
}
