import { Duplex } from 'node:stream'
import WebSocket from 'ws'
import type { Dial, Transport, TransportEvents } from '../../../src/client/transport/transport.js'
import { dialError } from '../../../src/client/transport/transport-socket.js'
import { SUBPROTOCOL, WebSocketTransport } from '../../../src/client/transport/transport-web-socket.js'

const url = 'ws://127.0.0.1/v1/ws'

/** Carries the native protocol in messages of a WebSocket, over a connection that another dial makes. */
export function webSocketOver(dial: Dial): Dial {
  return async (events, signal, elsewhere) => {
    const near = new Near()
    near.transport = await dial(near.events, signal, elsewhere)
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url, SUBPROTOCOL, {
        perMessageDeflate: false,
        createConnection: () => near as never,
      })
      const abort = () => socket.terminate()
      const done = () => signal?.removeEventListener('abort', abort)
      signal?.addEventListener('abort', abort)
      socket.on('error', (error) => {
        done()
        reject(dialError({ kind: 'web-socket', url }, error))
      })
      socket.once('open', () => {
        done()
        resolve(new WebSocketTransport(socket as never, events))
      })
    })
  }
}

/** A transport as the socket that libraries expect. */
class Near extends Duplex {
  transport: Transport | undefined
  readonly events: TransportEvents = {
    received: (chunk) => void this.push(chunk),
    closed: (error) => void this.destroy(error),
  }

  override _read(): void {
    // What arrives is pushed at once.
  }

  override _write(chunk: Uint8Array, _: string, done: () => void): void {
    this.transport?.write([chunk])
    done()
  }

  override _final(done: () => void): void {
    this.transport?.end()
    done()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.transport?.end()
    done(error)
  }
}
