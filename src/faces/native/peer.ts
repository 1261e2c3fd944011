import type { Sessions } from '../../access/sessions.js'
import type { BusApi } from '../../bus/api.js'
import type { Format, Piece } from '../../bus/sink.js'
import type { TocsinError } from '../../errors/tocsin-error.js'
import type { LongWork } from '../../incremental/long-work.js'
import type { Edges } from '../../methods/edges.js'
import type { ControlName } from '../../protocols/native/codec.js'
import type { RecordBodies, Reply } from '../../protocols/native/protocol.js'
import type { NcsHost } from '../ncs/socket/host.js'
import type { Budgets } from '../shared/budget.js'
import type { MethodHost } from '../shared/call-method.js'
import type { Pause } from '../shared/peer-connection.js'

/** The connection of a session, independent of its encoding of records. */
export interface Peer {
  /** The format of events; undefined for frames. */
  readonly format: Format | undefined
  /** Bytes that wait to be sent to the peer. */
  readonly pending: number
  /** Bytes that the system has taken to be sent; undefined for a connection that does not count them. */
  readonly taken?: number
  /** Called after hello: from now on frames and other records may be this long. */
  admit(largestFrame: number, largestRecord: number): void
  /** Sends a record. Never throws: if the record cannot be sent, the connection is closed. */
  send<N extends ControlName>(name: N, body: RecordBodies[N]): void
  /** Sends the answer to a request. Throws if it cannot be sent. */
  reply(reply: Reply): void
  write(pieces: readonly Piece[]): void
  pause(reason: Pause): void
  resume(reason: Pause): void
  fail(error: TocsinError): void
  /** Ends the connection after all output is sent. */
  end(): void
}

/** The part of the server that a session and its requests use. */
export interface SessionHost extends MethodHost {
  readonly bus: BusApi
  readonly sessions: Sessions
  /** The hubs that forward their events to this one. */
  readonly edges: Edges
  readonly hub: { name: string; version: string }
  /** Largest frame that any listener of this hub accepts. */
  readonly largestFrame: number
  readonly budgets: Budgets
  /** Handles the records of a peer that sends so many that they take long. */
  readonly recordWork: LongWork
  /** The objects that notification sockets share. */
  readonly ncs: NcsHost
}
