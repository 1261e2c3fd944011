import type { Runtime } from '../../event/runtime.js'
import type { TypeOfBytes } from '../../filter/matcher.js'
import type { NatsLink } from '../../storage/nats/link.js'

export interface JetStreamLogOptions {
  runtime: Runtime
  /** Closed with the log. */
  link: NatsLink
  /** Name of the stream. It is created if it does not exist. */
  stream: string
  /** First token of the subjects, or more of them. */
  prefix: string
  /** Servers that store each message, for a stream that is created. */
  replicas?: number
  /** Messages that a primary sends before the first of them is acknowledged. */
  window?: number
  /** Time after which events that cannot be stored are refused, ms. Default 30 s: a server needs up to 13 s to lead. */
  deadlineMs?: number
  /** Memory for recent events, bytes. */
  ringBytes?: number
  /** Returns the type of an event from its tag. */
  typeOf(tag: string): string
  /** The same for a tag in UTF-8. */
  typeOfBytes?: TypeOfBytes
  /** Called when the log is closed. */
  closed?(): void
  /** True if a term begins with a barrier. Without it, no other hub may ever have appended to the stream. */
  fence?: boolean
}

export type LogOptions = Required<Omit<JetStreamLogOptions, 'typeOfBytes'>> &
  Pick<JetStreamLogOptions, 'typeOfBytes'>

/** The right to be the primary, from the election. */
export interface Lease {
  /** Who holds it, for people who look into the stream. */
  owner: string
  /** Returns whether it is still held. Asked before each message is sent. */
  isHeld(): boolean
}

const RING_BYTES = 16 * 1024 * 1024

/** The values of options that are not given. */
export const usual = {
  replicas: 1,
  window: 1024,
  deadlineMs: 30_000,
  ringBytes: RING_BYTES,
  fence: true,
  closed: (): void => undefined,
}
