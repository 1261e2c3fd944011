import type { Peer, PublisherEvents } from './api.js'
import type { Group } from './group.js'
import type { GateCause } from './other-guards.js'
import type { Authorize, Principal } from './principal.js'
import type { Sink } from './sink.js'

export interface GatePublisher {
  readonly principal: Principal
  /** Gates announced for events that are not stored yet; set by `Gates`. */
  gates: number
  readonly events: Pick<PublisherEvents, 'gateDone'>
  /** Who has caused its events: their own subscribers are not asked. */
  readonly cause?: GateCause | undefined
  /** It receives the labels of subscribers. Default: true if it has the right `monitor`. */
  readonly seesLabels?: boolean
}

export interface GateSubscriber {
  readonly label: string
  readonly principal: Principal
  readonly peer: Peer | undefined
  readonly group: Pick<Group, 'reading'>
  readonly sink: Sink
  /** Everything up to this seq was delivered. */
  readonly cursor: number
}

/**
 * The name of a subscriber for the publisher. Its label has its address and program, which only principals with the right
 * `monitor` may know; all others receive the principal.
 */
export function nameFor(
  publisher: GatePublisher,
  { label, principal }: GateSubscriber,
  authorize: Authorize,
): string {
  return seesLabels(publisher, authorize) ? label : principal.name
}

export function seesLabels({ principal, seesLabels }: GatePublisher, authorize: Authorize): boolean {
  return seesLabels ?? authorize(principal, 'monitor')
}

/** Returns true if the subscriber belongs to the program that has caused the event. */
export function isOf({ principal, peer }: GateSubscriber, cause: GateCause | undefined): boolean {
  return cause !== undefined && peer?.program === cause.program && principal.name === cause.principal
}
