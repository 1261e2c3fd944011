import type { Duplex } from 'node:stream'
import type { Principal } from '../../bus/principal.js'
import type { Format, Piece } from '../../bus/sink.js'
import type { TocsinError } from '../../errors/tocsin-error.js'
import type { Call } from '../../methods/method.js'
import type { ControlName, ControlRecord } from '../../protocols/native/codec.js'
import type { Hello, RecordBodies, Reply, Welcome } from '../../protocols/native/protocol.js'
import type { FacePeer } from './face-peer.js'
import type { Listener } from './listener.js'
import type { Pause } from './peer-connection.js'

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

/** Where a peer is, and once it is known, its session and program. */
export type Place = { -readonly [Key in 'face' | 'address' | 'local' | 'usid' | 'program']?: Call[Key] }

/**
 * A kind of session that a face adds to the native protocol. A peer asks for it in its hello, on any listener of the
 * protocol, and its connection carries nothing else then.
 */
export interface SessionKind {
  /** The purpose of its sessions, as lists show it. */
  readonly name: string
  /** Returns how to begin the session that a hello asks for, if it is one of this kind. Throws TCN_PROTOCOL_BODY. */
  asked(hello: Hello): BeginSession | undefined
  close(): Promise<void>
}

/** Makes a session, which sends the welcome itself. */
export type BeginSession = (connection: Peer, caller: SessionCaller) => OwnSession

/** The peer that has asked for a session. */
export interface SessionCaller {
  readonly principal: Principal
  /** Its name in lists. */
  readonly label: string
  readonly peer: Place
  readonly welcome: Welcome
}

/** A session that has a connection for itself. */
export interface OwnSession {
  /** Names its connection in errors. */
  readonly title: string
  open(): void
  take(record: ControlRecord): void
  /** Called when the peer has taken all output. */
  drained(): void
  close(): void
}

/** The server of the native protocol that a kind of session belongs to. */
export interface SessionServer {
  /** Serves a peer on any stream of bytes. */
  accept(stream: Duplex, listener: Listener): void
  /** Reports a peer that is at fault. */
  faulty(peer: FacePeer, error: TocsinError): void
}

/** Makes the sessions of a kind for one server, which closes it when the last of them has ended. */
export type SessionKindOf = (server: SessionServer) => SessionKind
