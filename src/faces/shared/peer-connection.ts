import type { Writable } from 'node:stream'
import type { ErrorCode } from '../../errors/tocsin-error.js'
import { identified } from './strangers.js'
import { writeJoined } from './write-joined.js'

/** The reasons for which reading from a peer is paused. */
export const Pause = { publisher: 1, replies: 2, identify: 4, work: 8, long: 16, relay: 32 } as const
export type Pause = (typeof Pause)[keyof typeof Pause]

/** The part of a face that its connections use. */
export interface ConnectionHost {
  readonly limits: ConnectionTimes & {
    /** Bytes of replies that may wait for a peer; above this, reading from the peer is paused. */
    replies: number
  }
  /** Returns the monotonic time, ms. */
  now(): number
  /** Calls `flush` at the end of the turn. */
  flushSoon(connection: PeerConnection): void
}

/** Times, ms. */
export interface ConnectionTimes {
  /** Time that a peer may take to identify itself. */
  helloTimeout: number
  /** Interval at which a silent peer is pinged. The connection is closed when two pings stay unanswered. */
  pingEvery: number
}

/** Largest number of pings that may stay unanswered. */
const MAX_UNANSWERED_PINGS = 2

/**
 * The stream side of one peer. Output is sent with one write at the end of the turn, output that the peer does not
 * accept is bounded, and a dead peer is detected. A connection must be small, since there may be 10,000 of them: all
 * state is in its own fields, lists are created when needed, and it has no timer.
 *
 * The bus bounds the events that wait for a peer, using `pending`. Replies are bounded by pausing reading.
 */
export abstract class PeerConnection<Host extends ConnectionHost = ConnectionHost> {
  readonly host: Host
  readonly stream: Writable
  /** When the connection must be checked next, ms (monotonic). */
  due: number
  /** True if the last message was sent; further input is discarded. */
  isEnding = false
  #out: Uint8Array[] | undefined
  #outBytes = 0
  /** Bytes of replies since the output was last empty. */
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

  /** True if the peer has not identified itself yet. */
  abstract get isNew(): boolean
  /** The encoded ping, which a live peer answers. */
  protected abstract get ping(): Uint8Array
  protected abstract pauseReading(): void
  protected abstract resumeReading(): void
  /** Called when no output waits any more. */
  protected abstract onTaken(): void
  /** Called when the peer has not sent hello in time, or does not answer pings. */
  protected abstract giveUp(code: ErrorCode): void
  /** Called when a connection that is ending has not closed in time. */
  protected abstract cutOff(): void

  /** Bytes that wait to be sent to the peer. */
  get pending(): number {
    return this.stream.writableLength + this.#outBytes
  }

  /** Bytes that the system has taken to be sent. */
  get taken(): number {
    return this.#written - this.stream.writableLength
  }

  /** Called when the peer has identified itself. */
  admitted(): void {
    this.due = this.host.now() + this.host.limits.pingEvery
    identified(this.stream)
  }

  /** Notes that the peer is alive, which any input shows. */
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
    // The stream emits 'drain' only for bytes that it had to buffer, not for those that the system accepted at once.
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

  /** Pauses reading; it stays paused while there is any reason. */
  pause(reason: Pause): void {
    if (this.#pauses === 0) this.pauseReading()
    this.#pauses |= reason
  }

  resume(reason: Pause): void {
    if (this.#pauses === 0) return
    this.#pauses &= ~reason
    if (this.#pauses === 0) this.resumeReading()
  }

  /** Resumes reading regardless of the reasons for a pause. */
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

  /** True if the peer cannot show that it is alive, because nothing is read from it. */
  protected get isKeptWaiting(): boolean {
    return this.#pauses !== 0
  }

  /** Pings the peer, unless it is known to be alive: it sends, accepts output, or is kept waiting. */
  #checkAlive(now: number): void {
    const { taken } = this
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
