import type { ErrorCode } from '../errors/tocsin-error.js'
import type { LossReason } from '../log/loss-reason.js'

/** Output that takes long to make, or is too long to be in memory. The sink makes it as its peer takes it. */
export interface LongOutput {
  /** Approximate memory that it takes while it waits. */
  readonly bytes: number
  /** Makes the output in steps of less than a millisecond, each of which returns any number of pieces. */
  steps(): Iterator<readonly Uint8Array[], void>
}

export type Piece = Uint8Array | LongOutput

/** Receives the output for one subscriber. No method may throw, or change the filter during the call. */
export interface Sink {
  /**
   * Writes events, each piece in the sink's format. The bytes never change and may be shared with other sinks. Only a
   * sink whose format has `long` receives long output.
   */
  write(pieces: readonly Piece[]): void
  /** Bytes written that the peer has not taken yet. When it falls to 0, the face calls `drained()`. */
  readonly pending: number
  /** True if it uses none of the written bytes any more when `pending` is 0. Otherwise it may keep them for ever. */
  readonly keepsNothing?: boolean
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

export type Gap = Extract<SubscriberStatus, { type: 'gap' }>

export interface EndReason {
  /** END: a bounded subscription is complete; STOP: the hub stops, or its log was replaced. */
  code: ErrorCode | 'END' | 'STOP'
  message: string
  seq: number
}

/** A wire format other than plain frames; subscribers of the same format share the encoded bytes. */
export interface Format {
  readonly name: string
  /** Encodes whole frames, back to back. */
  encode(frames: Uint8Array): Uint8Array
  /** The output for one frame that takes long to encode; undefined if this one does not. */
  long?(frame: Uint8Array): LongOutput | undefined
}
