import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { Piece } from '../../../bus/sink.js'
import { type ErrorCode, toTocsinError } from '../../../errors/tocsin-error.js'
import type { LongWork } from '../../../incremental/long-work.js'
import { isLongOutput, type LongPeer, LongWriter } from '../../../incremental/long-writer.js'
import { isLongJson } from '../../../incremental/read-json.js'
import { finished } from '../../../incremental/steps.js'
import { type HalfReceived, HeldBytes } from '../../shared/budget.js'
import { type ConnectionHost, Pause, PeerConnection } from '../../shared/peer-connection.js'
import { ignore, onClose, onDrain, ownerOf, setOwner } from '../../shared/stream-owner.js'
import { closeCode, controlFrame, Opcode } from './frame.js'

/** Handles the messages of one socket. */
export interface TextPeer {
  /** True if the peer has not identified itself yet. */
  readonly isNew: boolean
  /** Called when the connection is established. */
  open?(): void
  /** Handles a message, or returns the steps in which that is done. `isText`: its bytes are known to be UTF-8. */
  message(data: Buffer, isText: boolean): Generator<undefined, void> | undefined
  /** The name of the principal, once it is known. */
  readonly principal?: string
  /** Called when the peer has taken everything. */
  drained(): void
  closed(): void
  /** Called when the hub stops. */
  goodbye(message: string): void
}

/** The face that a socket belongs to. */
export interface TextSocketHost extends ConnectionHost {
  readonly halfReceived: HalfReceived
  /** Handles messages that take long. Absent: there are none. */
  readonly longWork?: LongWork
  /** Writes long output, if the format of the peers has any. */
  readonly longOutput?: LongWork
  /** True if clients learn no reason when the hub closes a connection: code 1000, and no text. */
  readonly closesPlainly?: boolean
  left(socket: TextSocket): void
}

interface Waiting {
  messages: Buffer[]
  held: HeldBytes
}

const PING = controlFrame(Opcode.ping, new Uint8Array(0))
const MAX_REASON_LENGTH = 123

/**
 * The stream side of a peer that sends and receives text. `ws` reads; output goes to the underlying socket as whole
 * frames, which are encoded once for all peers that receive them.
 */
export class TextSocket extends PeerConnection<TextSocketHost> implements LongPeer {
  readonly peer: TextPeer
  readonly #webSocket: WebSocket
  /** Messages that wait until there is time for them. */
  #waiting: Waiting | undefined
  /** Present while long output is written. */
  #long: LongWriter | undefined

  constructor(
    host: TextSocketHost,
    webSocket: WebSocket,
    socket: Socket,
    makePeer: (socket: TextSocket) => TextPeer,
  ) {
    super(host, socket)
    this.#webSocket = webSocket
    this.peer = makePeer(this)
    if (!this.isNew) this.admitted()
    setOwner(webSocket, this)
    setOwner(socket, this)
    webSocket.on('message', onMessage)
    webSocket.on('ping', onSign)
    webSocket.on('pong', onSign)
    webSocket.on('close', onClose)
    // `ws` has already closed the connection with the appropriate code.
    webSocket.on('error', ignore)
    socket.on('drain', onDrain)
  }

  get isNew(): boolean {
    return this.peer.isNew
  }

  get principal(): string | undefined {
    return this.peer.principal
  }

  override get pending(): number {
    return this.unsent + (this.#long?.pending ?? 0)
  }

  get unsent(): number {
    return super.pending
  }

  /** Writes whole frames with events, whose amount the bus limits. */
  write(piece: Piece): void {
    if (this.#long !== undefined || isLongOutput(piece)) this.#writeLong(piece)
    else this.queue(piece)
  }

  /** Writes whole frames with replies: while too many are pending, nothing is read from the peer. */
  reply(piece: Piece): void {
    if (this.#long === undefined && !isLongOutput(piece)) {
      this.queueReply(piece)
      return
    }
    // Between the parts of a message there can be no other.
    this.#writeLong(piece)
    if (this.#long !== undefined && this.#long.pending > this.host.limits.replies) this.pause(Pause.long)
  }

  send(pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) this.queue(piece)
  }

  longDone(): void {
    this.#long = undefined
    this.resume(Pause.long)
    if (this.pending === 0) this.onTaken()
  }

  longFailed(error: unknown): void {
    this.end(toTocsinError(error, 'TCN_INTERNAL').code)
  }

  #writeLong(piece: Piece): void {
    if (this.isEnding) return
    this.#long ??= new LongWriter(this, this.host.longOutput!)
    this.#long.add([piece])
  }

  /** Closes after all output; `reason` is a code of the catalogue, END or STOP. */
  end(reason: string): void {
    if (this.isEnding) return
    this.flush()
    this.isEnding = true
    this.#long?.stop()
    this.peer.closed()
    // Otherwise the peer's close frame would not be read.
    this.readOn()
    if (this.host.closesPlainly === true) this.#webSocket.close(1000)
    else this.#webSocket.close(closeCode(reason), reason.slice(0, MAX_REASON_LENGTH))
  }

  closed(): void {
    if (!this.isEnding) this.peer.closed()
    this.isEnding = true
    this.#long?.stop()
    this.dropOutput()
    this.host.left(this)
  }

  // ---- for `ws`

  message(data: Buffer, isBinary: boolean): void {
    this.noteReceived()
    if (this.isEnding) return
    const { longWork } = this.host
    const isAtOnce = this.#waiting === undefined && !isLongJson(data)
    if (longWork === undefined || isBinary || (isAtOnce && longWork.hasTime)) {
      const steps = this.peer.message(data, !isBinary)
      if (steps !== undefined) finished(steps)
    } else this.#handleLater(data, longWork)
  }

  /** Reads nothing more until the message is handled; those that have been read already wait behind it. */
  #handleLater(data: Buffer, longWork: LongWork): void {
    const isFirst = this.#waiting === undefined
    this.#waiting ??= { messages: [], held: new HeldBytes(this.host.halfReceived) }
    const { messages, held } = this.#waiting
    if (!held.set(held.bytes + data.length)) {
      this.end('TCN_PROTOCOL_TOO_MANY')
      return
    }
    messages.push(data)
    if (!isFirst) return
    this.pause(Pause.work)
    longWork.run(this.peer.principal ?? '', this.#handle(this.#waiting)).catch((error) => {
      this.#handled()
      this.end(toTocsinError(error, 'TCN_INTERNAL').code)
    })
  }

  *#handle({ messages, held }: Waiting): Generator<undefined, void> {
    for (let data = messages.shift(); data !== undefined && !this.isEnding; data = messages.shift()) {
      const steps = this.peer.message(data, true)
      if (steps !== undefined) yield* steps
      held.set(held.bytes - data.length)
      yield
    }
    // Not in a promise after this, before which a message could be added that would never be handled.
    this.#handled()
  }

  #handled(): void {
    this.#waiting?.held.set(0)
    this.#waiting = undefined
    this.resume(Pause.work)
  }

  sign(): void {
    this.noteReceived()
  }

  // ---- for the stream side

  protected override get ping(): Uint8Array {
    return PING
  }

  protected override pauseReading(): void {
    this.#webSocket.pause()
  }

  protected override resumeReading(): void {
    this.#webSocket.resume()
  }

  protected override onTaken(): void {
    if (this.isEnding) return
    if (this.#long === undefined) this.peer.drained()
    else this.#long.goOn()
  }

  protected override giveUp(code: ErrorCode): void {
    this.end(code)
  }

  /** Does nothing: `ws` closes a connection whose closing handshake takes too long. */
  protected override cutOff(): void {}
}

function onMessage(this: WebSocket, data: Buffer, isBinary: boolean): void {
  ownerOf<TextSocket>(this).message(data, isBinary)
}

function onSign(this: WebSocket): void {
  ownerOf<TextSocket>(this).sign()
}
