import type { Principal } from '../../bus/principal.js'
import type { TocsinError } from '../../errors/tocsin-error.js'
import type { LongWork } from '../../incremental/long-work.js'
import type { FaceHost } from '../face.js'
import type { StreamHost } from '../shared/streams/stream-host.js'
import type { NotificationFormats } from './format.js'

/** The objects that all sessions of the face share. */
export interface NetconfContext {
  readonly host: FaceHost
  readonly streams: StreamHost
  readonly formats: NotificationFormats
  /** Reads long requests. */
  readonly work: LongWork
  /** Numbers the subscriptions of all sessions. */
  nextSubscription(): number
  /** The notification of something about a subscription itself. */
  notify(content: string): string
}

/** A session, for what writes to its client. */
export interface SessionOutput {
  readonly id: number
  readonly principal: Principal
  /** Where the client is, such as `ssh://192.0.2.7:4000`. */
  readonly place: string
  /** True with base 1.1. */
  readonly isChunked: boolean
  /** Bytes that wait for the client. */
  readonly pending: number
  /** Sends messages that are framed already. */
  write(bytes: Uint8Array): void
  send(text: string): void
  /** Ends the session because of what the client did. */
  fail(error: TocsinError): void
  /** Says that less is pending than before. */
  drained(): void
}
