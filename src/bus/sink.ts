import type { ErrorCode } from '../errors/tocsin-error.js'
import type { LossReason } from '../log/loss-reason.js'

/** Receives the output for one subscriber. No method may throw, or change the filter during the call. */
export interface Sink {
  /** Writes events, each piece in the sink's format. The bytes never change and may be shared with other sinks. */
  write(pieces: readonly Uint8Array[]): void
  /** Bytes written that the peer has not taken yet. When it falls to 0, the face calls `drained()`. */
  readonly pending: number
  status(status: SubscriberStatus): void
  /** Ends the subscription: nothing is written after this. */
  end(reason: EndReason): void
}

export type GapReason = 'expired' | LossReason | 'damaged' | 'ahead' | 'unknown-epoch' | 'skipped'

export type SubscriberStatus =
  | { type: 'live'; seq: number }
  | { type: 'position'; seq: number }
  /** First and last seq not delivered (0: not known); delivery continues with the event after `next`. */
  | { type: 'gap'; from: number; to: number; reason: GapReason; next: number }
  | { type: 'gate'; name: string; seq: number; deadline: number }

export interface EndReason {
  /** END: a bounded subscription is complete; STOP: the hub stops. */
  code: ErrorCode | 'END' | 'STOP'
  message: string
  seq: number
}

/** A wire format other than plain frames; subscribers of the same format share the encoded bytes. */
export interface Format {
  readonly name: string
  /** Encodes whole frames, back to back. */
  encode(frames: Uint8Array): Uint8Array
}
