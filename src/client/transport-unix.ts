import { connect, type Socket } from 'node:net'
import { TocsinError } from '../event/errors.js'
import type { Dial, Transport, TransportEvents } from './transport.js'

export function unixDial(path: string): Dial {
  return (events) =>
    new Promise((resolve, reject) => {
      const socket = connect(path)
      const refused = (error: Error): void => {
        reject(
          new TocsinError('TCN_CLIENT_UNREACHABLE', `no hub answers at ${path}: ${error.message}`, {
            cause: error,
          }),
        )
      }
      socket.once('error', refused)
      socket.once('connect', () => {
        socket.off('error', refused)
        resolve(new UnixTransport(socket, events))
      })
    })
}

class UnixTransport implements Transport {
  readonly #socket: Socket

  constructor(socket: Socket, events: TransportEvents) {
    this.#socket = socket
    let failure: Error | undefined
    socket.on('data', (chunk) => events.received(chunk))
    socket.on('error', (error) => {
      failure = error
    })
    socket.on('close', () => events.closed(failure))
  }

  write(pieces: readonly Uint8Array[]): void {
    const socket = this.#socket
    if (!socket.writable) return
    if (pieces.length > 1) socket.cork()
    for (const piece of pieces) socket.write(piece)
    if (pieces.length > 1) socket.uncork()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  end(): void {
    // What the hub still sends is not wanted; unread, it would keep the socket open.
    this.#socket.destroySoon()
  }
}
