import type { Piece, Sink } from '../../../bus/sink.js'
import type { TocsinError } from '../../../errors/tocsin-error.js'
import { frameBytes, frameKind } from '../../../event/frame.js'
import * as C from '../../../protocols/ncs/constants/events.js'
import type { TypePatterns } from '../../../types/index.js'
import type { StreamWriter } from '../../shared/streams/stream-writer.js'
import { MAX_EVENT_BYTES } from './stream-frames.js'
import type { NotificationStreams } from './stream-host.js'

/** The session of a subscriber, which uses none of the bytes written once nothing is pending. */
export interface StreamOutput extends Pick<Sink, 'write' | 'pending'> {
  fail(error: TocsinError): void
}

/**
 * Writes the events of a stream as notifications. They go to the program as they are in the log, so that a stream costs no
 * more than any other subscription; only one that the program could mistake goes within a notification.
 */
export class NotificationWriter implements StreamWriter {
  /** The types in the welcome of the program. */
  readonly types: readonly TypePatterns[] | undefined
  readonly surelyFits = MAX_EVENT_BYTES
  readonly #host: NotificationStreams
  /** The bits of notifications that the program gets beside the stream. */
  readonly #beside: number
  readonly #output: StreamOutput

  constructor(host: NotificationStreams, beside: number, output: StreamOutput) {
    this.types = host.types
    this.#host = host
    this.#beside = beside
    this.#output = output
  }

  get pending(): number {
    return this.#output.pending
  }

  write(pieces: readonly Piece[]): void {
    this.#output.write(pieces)
  }

  fits(frames: Uint8Array, at: number): boolean {
    return frameBytes(frames, at) <= MAX_EVENT_BYTES
  }

  events(frames: Uint8Array): void {
    this.write(this.#areClear(frames) ? [frames] : this.#host.frames.wrap(frames))
  }

  missing(from: number, to: number, reason: string): void {
    const { frames, runtime } = this.#host
    const data = { from, to, reason }
    this.write([frames.made('ncs/stream_event/missing', 'missing-events', data, runtime.now())])
  }

  replayComplete(): void {
    this.#tell(C.STREAM_REPLAY_COMPLETE)
  }

  replayFailed(replay_error: string): void {
    this.#tell(C.STREAM_REPLAY_FAILED, { replay_error })
  }

  complete(): void {
    this.#tell(C.STREAM_NOTIFICATION_COMPLETE)
  }

  fail(error: TocsinError): void {
    this.#output.fail(error)
  }

  #tell(type: number, more: { replay_error?: string } = {}): void {
    this.write([this.#host.frameOf({ type: C.NOTIF_STREAM_EVENT, stream: { type, ...more } })])
  }

  /** Returns whether the program can tell that these are events of the stream, and what their types are. */
  #areClear(frames: Uint8Array): boolean {
    if (this.types === undefined || this.types !== this.#host.types) return false
    if (this.#beside === 0) return true
    for (let at = 0; at < frames.length; at += frameBytes(frames, at))
      if ((frameKind(frames, at) & this.#beside) !== 0) return false
    return true
  }
}
