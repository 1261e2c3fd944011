import { Server } from 'node:net'
import { adoptConnections } from '../../parts/accepted.js'
import { listenError } from './listen-error.js'

/** A server that can stop listening, and listen again at the same address, while its connections stay. */
export class Binding {
  readonly #server: Server
  readonly #listen: () => Promise<void>
  readonly #closing: (() => void) | undefined

  /** `listen` makes the server listen, at the same address each time. `closing` is called when it closes. */
  constructor(server: Server, listen: () => Promise<void>, closing?: () => void) {
    this.#server = server
    this.#listen = listen
    this.#closing = closing
    adoptConnections(server)
  }

  async bind(): Promise<void> {
    if (!this.#server.listening) await this.#listen()
  }

  /** Frees the address at once. */
  unbind(): void {
    // The server of HTTP has a `close` that also ends connections.
    if (this.#server.listening) Server.prototype.close.call(this.#server)
  }

  /** Resolves when the last connection is closed. */
  close(): Promise<void> {
    const closed = new Promise<void>((done) => this.#server.close(() => done()))
    this.#closing?.()
    return closed
  }
}

/** Resolves when the server listens, and rejects with an error of `listenError`. */
export function listening(server: Server, where: string, listen: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => {
      server.off('listening', done)
      reject(listenError(where, error))
    }
    const done = () => {
      server.off('error', failed)
      // A connection that the system cannot accept, for want of files, must not end the hub.
      if (server.listenerCount('error') === 0) server.on('error', () => {})
      resolve()
    }
    server.once('error', failed)
    server.once('listening', done)
    listen()
  })
}
