import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { controlFrame, Opcode } from '../formats/websocket-frame.js'
import { closeCode } from './close-code.js'

/** What the messages of one socket mean. */
export interface TextPeer {
  /** Who it is has not been said yet. */
  readonly isNew: boolean
  /** The connection stands. */
  open?(): void
  message(text: string): void
  /** A message that is not text came. */
  binary(): void
  /** The peer has taken everything. */
  drained(): void
  closed(): void
  /** The hub stops. */
  goodbye(message: string): void
}

/** What looks after all sockets of a face. */
export interface TextSocketHost {
  readonly limits: { helloTimeout: number; pingEvery: number }
  /** ms (monotonic) */
  now(): number
  /** Calls `flush` at the end of the turn. */
  flushSoon(socket: TextSocket): void
  left(socket: TextSocket): void
}

/** Pings that may stay unanswered. */
const PATIENCE = 2
const PING = controlFrame(Opcode.ping, new Uint8Array(0))
const LONGEST_REASON = 123

const owner = Symbol('text-socket')
interface Owned {
  [owner]: TextSocket
}

/**
 * The stream side of a peer that speaks text. `ws` reads; what is written goes to the socket below it as whole frames
 * made elsewhere, once for all who get them.
 */
export class TextSocket {
  readonly #face: TextSocketHost
  readonly #webSocket: WebSocket
  readonly #socket: Socket
  readonly peer: TextPeer
  #out: Uint8Array[] | undefined
  #outBytes = 0
  #pauses = 0
  #ending = false
  /** When the sweep must look at this connection, ms (monotonic). */
  due: number
  #heard = false
  #written = 0
  #takenBefore = 0
  #unanswered = 0

  constructor(
    face: TextSocketHost,
    webSocket: WebSocket,
    socket: Socket,
    makePeer: (socket: TextSocket) => TextPeer,
  ) {
    this.#face = face
    this.#webSocket = webSocket
    this.#socket = socket
    this.peer = makePeer(this)
    this.due = face.now() + (this.peer.isNew ? face.limits.helloTimeout : face.limits.pingEvery)
    ;(webSocket as unknown as Owned)[owner] = this
    ;(socket as unknown as Owned)[owner] = this
    webSocket.on('message', onMessage)
    webSocket.on('ping', onSign)
    webSocket.on('pong', onSign)
    webSocket.on('close', onClose)
    webSocket.on('error', ignore)
    socket.on('drain', onDrain)
  }

  /** Who it is has been said. */
  admitted(): void {
    this.due = this.#face.now() + this.#face.limits.pingEvery
  }

  get pending(): number {
    return this.#socket.writableLength + this.#outBytes
  }

  get isEnding(): boolean {
    return this.#ending
  }

  /** Whole frames; they leave at the end of the turn. */
  write(frames: Uint8Array): void {
    if (this.#ending) return
    if (this.#out === undefined) {
      this.#out = [frames]
      this.#face.flushSoon(this)
    } else {
      this.#out.push(frames)
    }
    this.#outBytes += frames.length
  }

  flush(): void {
    const out = this.#out
    const bytes = this.#outBytes
    this.#out = undefined
    this.#outBytes = 0
    if (out === undefined || !this.#socket.writable) return
    this.#written += bytes
    if (out.length === 1) this.#socket.write(out[0])
    else writeAll(this.#socket, out)
    // The socket says 'drain' only of what it had to keep, not of what the system took at once.
    if (this.#socket.writableLength === 0) this.peer.drained()
  }

  /** Nothing is read while there is any reason not to. */
  pause(reason: number): void {
    if (this.#pauses === 0) this.#webSocket.pause()
    this.#pauses |= reason
  }

  resume(reason: number): void {
    if (this.#pauses === 0) return
    this.#pauses &= ~reason
    if (this.#pauses === 0) this.#webSocket.resume()
  }

  /** Closes behind what was written; `reason` is a code of the catalogue, END or STOP. */
  end(reason: string): void {
    if (this.#ending) return
    this.flush()
    this.#ending = true
    this.peer.closed()
    // Or the answer to the close would not be read.
    this.#pauses = 0
    this.#webSocket.resume()
    this.#webSocket.close(closeCode(reason), reason.slice(0, LONGEST_REASON))
  }

  /** The sweep found it due. */
  overdue(now: number): void {
    if (this.#ending) return
    if (this.peer.isNew) this.end('TCN_PROTOCOL_HELLO_TIMEOUT')
    else this.#checkAlive(now)
  }

  /** Whoever sends, takes what we send, or is kept waiting by us is alive; all others are asked. */
  #checkAlive(now: number): void {
    const taken = this.#written - this.#socket.writableLength
    if (this.#heard || taken > this.#takenBefore || this.#pauses !== 0) {
      this.#unanswered = 0
    } else if (this.#unanswered < PATIENCE) {
      this.#unanswered++
      this.#socket.write(PING)
    } else {
      this.end('TCN_PROTOCOL_IDLE')
      return
    }
    this.#takenBefore = taken
    this.#heard = false
    this.due = now + this.#face.limits.pingEvery
  }

  received(data: Buffer, isBinary: boolean): void {
    this.#heard = true
    if (this.#ending) return
    if (isBinary) this.peer.binary()
    else this.peer.message(data.toString())
  }

  heard(): void {
    this.#heard = true
  }

  drained(): void {
    if (!this.#ending) this.peer.drained()
  }

  closed(): void {
    if (!this.#ending) this.peer.closed()
    this.#ending = true
    this.#out = undefined
    this.#outBytes = 0
    this.#face.left(this)
  }
}

function onMessage(this: WebSocket, data: Buffer, isBinary: boolean): void {
  ;(this as unknown as Owned)[owner].received(data, isBinary)
}

function onSign(this: WebSocket): void {
  ;(this as unknown as Owned)[owner].heard()
}

function onClose(this: WebSocket): void {
  ;(this as unknown as Owned)[owner].closed()
}

function onDrain(this: Socket): void {
  ;(this as unknown as Owned)[owner].drained()
}

/** `ws` has closed it by the code that fits, and that is what counts. */
function ignore(): void {}

function writeAll(socket: Socket, pieces: readonly Uint8Array[]): void {
  socket.cork()
  for (const piece of pieces) socket.write(piece)
  socket.uncork()
}
