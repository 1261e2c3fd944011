import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { Runtime } from '../../../../event/runtime.js'
import { closeCode, frameHeader, Opcode } from '../../../web/websocket/frame.js'

/** As much of a message is passed on in one turn, which is as much as a socket passes on. */
const SLICE_BYTES = 64 * 1024

/**
 * Subprotocol `tocsin.v1`: the bytes of the native protocol. The boundaries of messages mean nothing: a message may
 * contain many records, and a record may span many messages.
 */
export class BinaryStream extends Duplex {
  readonly #webSocket: WebSocket
  readonly #socket: Socket
  readonly #soon: Runtime['soon']
  /** The chunks that have been received and not passed on. */
  readonly #received: Buffer[] = []
  #isPassingOn = false
  /** True if the WebSocket has closed. */
  #isOver = false

  constructor(webSocket: WebSocket, socket: Socket, { soon }: Pick<Runtime, 'soon'>) {
    super({ allowHalfOpen: true, emitClose: true })
    this.#webSocket = webSocket
    this.#socket = socket
    this.#soon = soon
    webSocket.on('message', (data: Buffer, isBinary) => this.#receive(data, isBinary))
    webSocket.on('close', () => this.#ended())
    // `ws` has already closed the connection with the appropriate code.
    webSocket.on('error', () => {})
  }

  override _read(): void {
    if (this.#received.length === 0) this.#readOn()
    else this.#passOnSoon()
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

  #receive(data: Buffer, isBinary: boolean): void {
    if (!isBinary) this.refuse('TCN_WEBSOCKET_MESSAGE')
    else if (this.#received.length > 0) this.#received.push(data)
    else if (data.length > SLICE_BYTES) this.#passOnInSlices(data)
    else if (data.length > 0 && !this.push(data)) this.#webSocket.pause()
  }

  #passOnInSlices(data: Buffer): void {
    this.#webSocket.pause()
    this.#received.push(data)
    this.#passOnSoon()
  }

  #passOnSoon(): void {
    if (this.#isPassingOn) return
    this.#isPassingOn = true
    this.#soon(this.#passOn)
  }

  readonly #passOn = (): void => {
    this.#isPassingOn = false
    if (this.destroyed) return
    const [data] = this.#received
    if (data.length > SLICE_BYTES) this.#received[0] = data.subarray(SLICE_BYTES)
    else this.#received.shift()
    const hasRoom = data.length === 0 || this.push(data.subarray(0, SLICE_BYTES))
    if (this.#received.length > 0) {
      if (hasRoom) this.#passOnSoon()
    } else if (this.#isOver) this.#ended()
    else if (hasRoom) this.#readOn()
  }

  #readOn(): void {
    if (this.#isOpen) this.#webSocket.resume()
  }

  #ended(): void {
    this.#isOver = true
    if (this.#received.length > 0) return
    this.push(null)
    this.destroy()
  }
}
