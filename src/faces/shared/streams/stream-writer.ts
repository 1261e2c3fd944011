import type { Format, Sink } from '../../../bus/sink.js'
import type { TocsinError } from '../../../errors/tocsin-error.js'

/** Writes what a subscriber to a stream gets, in the way of its protocol. */
export interface StreamWriter extends Pick<Sink, 'write' | 'pending'> {
  /** The format of events that need not be looked at, which `write` takes; undefined: all come as frames. */
  readonly format?: Format
  /** Frames that together have at most this many bytes always fit. */
  readonly surelyFits: number
  /** Returns whether the protocol has room for the event. */
  fits(frames: Uint8Array, at: number): boolean
  /** Writes whole frames, back to back. */
  events(frames: Uint8Array): void
  /** First and last event that are missing. */
  missing(from: number, to: number, reason: string): void
  replayComplete(): void
  replayFailed(message: string): void
  /** The stop time has come. */
  complete(): void
  fail(error: TocsinError): void
}
