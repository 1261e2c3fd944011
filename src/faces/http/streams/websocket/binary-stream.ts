import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { closeCode, frameHeader, Opcode } from '../../../web/websocket/frame.js'

/**
 * Subprotocol `tocsin.v1`: the bytes of the native protocol. The boundaries of messages mean nothing: a message may
 * contain many records, and a record may span many messages.
 */
export class BinaryStream extends Duplex {
  readonly #webSocket: WebSocket
  readonly #socket: Socket

  constructor(webSocket: WebSocket, socket: Socket) {
    super({ allowHalfOpen: true, emitClose: true })
    this.#webSocket = webSocket
    this.#socket = socket
    webSocket.on('message', (data: Buffer, isBinary) => this.#received(data, isBinary))
    webSocket.on('close', () => this.#ended())
    // `ws` has already closed the connection with the appropriate code.
    webSocket.on('error', () => {})
  }

  override _read(): void {
    if (this.#isOpen) this.#webSocket.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#send([chunk], chunk.length, done)
  }

  override _writev(parts: { chunk: Buffer }[], done: () => void): void {
    const chunks = parts.map(({ chunk }) => chunk)
    this.#send(
      chunks,
      chunks.reduce((sum, { length }) => sum + length, 0),
      done,
    )
  }

  override _final(done: () => void): void {
    this.#webSocket.resume()
    this.#webSocket.close(1000)
    done()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#webSocket.terminate()
    done(error)
  }

  get #isOpen(): boolean {
    return this.#webSocket.readyState === this.#webSocket.OPEN
  }

  /** Closes the connection because of a message from its peer; `reason` is a code of the catalogue. */
  refuse(reason: string): void {
    this.#webSocket.close(closeCode(reason), reason)
  }

  /**
   * Calls `done` when the system has accepted the bytes, so that the hub sees how many are pending. Corked like
   * `writeCorked`, but by hand, since the last chunk needs the callback.
   */
  #send(chunks: Buffer[], size: number, done: () => void): void {
    const last = chunks.pop()
    if (last === undefined || !this.#socket.writable || !this.#isOpen) {
      done()
      return
    }
    this.#socket.cork()
    this.#socket.write(frameHeader(Opcode.binary, size))
    for (const chunk of chunks) this.#socket.write(chunk)
    this.#socket.write(last, () => done())
    this.#socket.uncork()
  }

  #received(data: Buffer, isBinary: boolean): void {
    if (!isBinary) this.#webSocket.close(1003, 'TCN_PROTOCOL_BODY')
    else if (data.length > 0 && !this.push(data)) this.#webSocket.pause()
  }

  #ended(): void {
    this.push(null)
    this.destroy()
  }
}
