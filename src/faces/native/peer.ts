import type { Format } from '../../bus/sink.js'
import type { TocsinError } from '../../event/errors.js'
import type { ControlName } from './codec.js'
import type { RecordBodies, Reply } from './protocol.js'

/** Why nothing is read from a peer for now. */
export const Pause = { publisher: 1, replies: 2, identify: 4 } as const
export type Pause = (typeof Pause)[keyof typeof Pause]

/** What a session needs of the connection it speaks over, whatever the records look like there. */
export interface Peer {
  /** How events are written there; undefined: as frames. */
  readonly format: Format | undefined
  /** Bytes on their way to the peer that it has not taken. */
  readonly pending: number
  /** Hello was said: from now on frames and other records may be this long. */
  admit(largestFrame: number, largestRecord: number): void
  /** Never throws: who cannot be told what he has to be told is better closed. */
  send<N extends ControlName>(name: N, body: RecordBodies[N]): void
  /** Throws when the answer cannot be sent. */
  reply(reply: Reply): void
  write(pieces: readonly Uint8Array[]): void
  pause(reason: Pause): void
  resume(reason: Pause): void
  fail(error: TocsinError): void
  /** Ends the connection behind what was sent. */
  end(): void
}
