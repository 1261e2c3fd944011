import type { BusApi } from '../../bus/api.js'
import type { Authorize } from '../../bus/principal.js'
import type { Format } from '../../bus/sink.js'
import type { TocsinError } from '../../errors/tocsin-error.js'
import type { MethodTable } from '../../methods/method.js'
import type { ControlName } from '../../protocols/native/codec.js'
import type { RecordBodies, Reply } from '../../protocols/native/protocol.js'
import type { Budgets } from '../shared/budget.js'
import type { Pause } from '../shared/peer-connection.js'

/** The connection of a session, whatever its encoding of records. */
export interface Peer {
  /** The format of events; undefined: frames. */
  readonly format: Format | undefined
  /** Bytes on their way to the peer that it has not taken. */
  readonly pending: number
  /** Hello was said: from now on frames and other records may be this long. */
  admit(largestFrame: number, largestRecord: number): void
  /** Never throws: a peer that cannot be told what it must know is better closed. */
  send<N extends ControlName>(name: N, body: RecordBodies[N]): void
  /** Throws when the answer cannot be sent. */
  reply(reply: Reply): void
  write(pieces: readonly Uint8Array[]): void
  pause(reason: Pause): void
  resume(reason: Pause): void
  fail(error: TocsinError): void
  /** Ends the connection after what was sent. */
  end(): void
}

/** What a session and its requests need of the server. */
export interface SessionHost {
  readonly bus: BusApi
  readonly methods: MethodTable
  readonly authorize: Authorize
  readonly hub: { name: string; version: string }
  /** Largest frame that any listener of this hub accepts. */
  readonly largestFrame: number
  readonly budgets: Budgets
}
