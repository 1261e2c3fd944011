import { once as happened } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'

/** Talks with each client that connects. */
export type Talk = (socket: Socket) => void

/** A server that keeps to no protocol. */
export class HostileServer implements AsyncDisposable {
  /** Connections so far. */
  connections = 0
  /** Most bytes that one client has taken. */
  taken = 0
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(talk: Talk, tls: TlsOptions | undefined) {
    const accept = (socket: Socket) => {
      this.connections++
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.once('close', () => {
        this.#sockets.delete(socket)
        this.taken = Math.max(this.taken, socket.bytesWritten - socket.writableLength)
      })
      talk(socket)
    }
    this.#server = tls === undefined ? createServer(accept) : createTlsServer(tls, accept)
  }

  /** With `tls` it begins when a client has shaken hands. */
  static async start(talk: Talk, tls?: TlsOptions): Promise<HostileServer> {
    const server = new HostileServer(talk, tls)
    server.#server.listen(0, '127.0.0.1')
    await happened(server.#server, 'listening')
    return server
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await happened(this.#server, 'close')
  }
}

const BLOCK_BYTES = 64 * 1024

/** Writes the bytes again and again, as fast as they are taken. */
export function endless(bytes: Uint8Array | string, greeting: Uint8Array | string = ''): Talk {
  const unit = Buffer.from(bytes)
  const block =
    unit.length > BLOCK_BYTES ? unit : Buffer.alloc(BLOCK_BYTES - (BLOCK_BYTES % unit.length), unit)
  return (socket) => {
    socket.resume()
    socket.write(greeting)
    const go = () => {
      while (!socket.destroyed && socket.write(block));
    }
    socket.on('drain', go)
    go()
  }
}

export const silent: Talk = (socket) => void socket.resume()

export const closing: Talk = (socket) => void socket.end()

/** Says this once, whatever it is asked, and closes. */
export function once(bytes: Uint8Array | string): Talk {
  return (socket) => {
    socket.resume()
    socket.end(bytes)
  }
}
