import type { Event } from '../../../../event/event.js'

/** Where events are forwarded to. */
export interface ForwardTarget {
  /** For people: no token in it. */
  readonly address: string
  /** The log there, where it is known: what has been there already is not sent back. */
  readonly epoch: string | undefined
  /** Most events of one delivery. */
  readonly most: number
  /** Resolves when the target has them all; tries again as long as that may help. */
  deliver(events: readonly Outgoing[], signal: AbortSignal): Promise<RefusedEvent[]>
  close(): Promise<void>
}

export interface Outgoing {
  event: Event
  /** The epoch of the log that it comes from. */
  epoch: string
  /** The logs it has been in, with that one. */
  path: string
}

/** An event that the target will never take. */
export interface RefusedEvent {
  event: Event
  code: string
  message: string
}
