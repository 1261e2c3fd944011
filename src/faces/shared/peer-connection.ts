import type { Writable } from 'node:stream'
import type { ErrorCode } from '../../errors/tocsin-error.js'
import { writeJoined } from './output.js'

/** Why nothing is read from a peer for now. */
export const Pause = { publisher: 1, replies: 2, identify: 4 } as const
export type Pause = (typeof Pause)[keyof typeof Pause]

/** What a connection needs of the face it belongs to. */
export interface ConnectionHost {
  readonly limits: ConnectionTimes & {
    /** Bytes of replies that may wait for a peer; above it nothing more is read from that peer. */
    replies: number
  }
  /** ms (monotonic) */
  now(): number
  /** Calls `flush` at the end of the turn. */
  flushSoon(connection: PeerConnection): void
}

/** ms */
export interface ConnectionTimes {
  /** How long a peer may take to say who it is. */
  helloTimeout: number
  /** How often a silent peer is pinged; it is closed when it has not answered twice. */
  pingEvery: number
}

/** Pings that may stay unanswered. */
const MAX_UNANSWERED_PINGS = 2

/**
 * The stream side of one peer: what is written leaves at the end of the turn with one write, what the peer does not
 * take is bounded, and a peer that is gone is noticed. One of 10,000 must be small: all state is in fields of the
 * connection itself, lists are made when needed, and there is no timer.
 *
 * Events that a peer does not take are bounded by the bus, which looks at `pending`; replies by not reading from it.
 */
export abstract class PeerConnection<Host extends ConnectionHost = ConnectionHost> {
  readonly host: Host
  readonly stream: Writable
  /** When the connection must be checked next, ms (monotonic). */
  due: number
  /** The last message is on its way; whatever still comes in is thrown away. */
  isEnding = false
  #out: Uint8Array[] | undefined
  #outBytes = 0
  /** Bytes of replies since the peer last had taken everything. */
  #replyBytes = 0
  #pauses = 0
  #hasReceived = false
  #written = 0
  #takenBefore = 0
  #unansweredPings = 0

  constructor(host: Host, stream: Writable) {
    this.host = host
    this.stream = stream
    this.due = host.now() + host.limits.helloTimeout
  }

  /** Whether the peer has yet to say who it is. */
  abstract get isNew(): boolean
  /** The bytes that a live peer answers. */
  protected abstract get ping(): Uint8Array
  protected abstract pauseReading(): void
  protected abstract resumeReading(): void
  /** Called when the peer has taken everything. */
  protected abstract onTaken(): void
  /** Called when the peer has not said hello in time, or does not answer pings. */
  protected abstract giveUp(code: ErrorCode): void
  /** Called when a connection that is ending is due. */
  protected abstract cutOff(): void

  /** Bytes on their way to the peer that it has not taken. */
  get pending(): number {
    return this.stream.writableLength + this.#outBytes
  }

  /** The peer has said who it is. */
  admitted(): void {
    this.due = this.host.now() + this.host.limits.pingEvery
  }

  /** Anything that comes in shows that the peer is alive. */
  protected noteReceived(): void {
    this.#hasReceived = true
  }

  // ---- output

  protected queue(piece: Uint8Array): void {
    if (this.isEnding) return
    if (this.#out === undefined) {
      this.#out = [piece]
      this.host.flushSoon(this)
    } else {
      this.#out.push(piece)
    }
    this.#outBytes += piece.length
  }

  protected queueReply(piece: Uint8Array): void {
    this.#replyBytes += piece.length
    this.queue(piece)
  }

  /** Called at the end of the turn, after output was queued. */
  flush(): void {
    const { stream } = this
    const out = this.#out
    const bytes = this.#outBytes
    this.#out = undefined
    this.#outBytes = 0
    if (out === undefined || !stream.writable) return
    this.#written += bytes
    writeJoined(stream, out, bytes)
    // The stream emits 'drain' only for what it had to keep, not for what the system took at once.
    if (stream.writableLength === 0) this.drained()
    else if (this.#replyBytes > this.host.limits.replies && stream.writableNeedDrain)
      this.pause(Pause.replies)
  }

  drained(): void {
    this.#replyBytes = 0
    this.resume(Pause.replies)
    this.onTaken()
  }

  protected dropOutput(): void {
    this.#out = undefined
    this.#outBytes = 0
  }

  // ---- input

  /** Nothing is read while there is any reason not to. */
  pause(reason: Pause): void {
    if (this.#pauses === 0) this.pauseReading()
    this.#pauses |= reason
  }

  resume(reason: Pause): void {
    if (this.#pauses === 0) return
    this.#pauses &= ~reason
    if (this.#pauses === 0) this.resumeReading()
  }

  /** Reads whatever the reasons not to. */
  protected readOn(): void {
    this.#pauses = 0
    this.resumeReading()
  }

  protected isPausedFor(reasons: number): boolean {
    return (this.#pauses & reasons) !== 0
  }

  // ---- liveness

  /** Called when the connection is due. */
  overdue(now: number): void {
    if (this.isEnding) this.cutOff()
    else if (this.isNew) this.giveUp('TCN_PROTOCOL_HELLO_TIMEOUT')
    else this.#checkAlive(now)
  }

  /** Whether the peer cannot show that it is alive, because nothing is read from it. */
  protected get isKeptWaiting(): boolean {
    return this.#pauses !== 0
  }

  /** A peer that sends, takes what it is sent or is kept waiting is alive; all others are pinged. */
  #checkAlive(now: number): void {
    const taken = this.#written - this.stream.writableLength
    if (this.#hasReceived || taken > this.#takenBefore || this.isKeptWaiting) {
      this.#unansweredPings = 0
      this.#takenBefore = taken
    } else if (this.#unansweredPings < MAX_UNANSWERED_PINGS) {
      const { ping } = this
      this.#unansweredPings++
      this.#takenBefore = taken + ping.length
      this.queue(ping)
    } else {
      this.giveUp('TCN_PROTOCOL_IDLE')
      return
    }
    this.#hasReceived = false
    this.due = now + this.host.limits.pingEvery
  }
}
