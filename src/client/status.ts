import type { GapReason } from '../protocols/native/protocol.js'

/** A record between events that reports on the subscription. */
export type Status = LiveStatus | GapStatus | PositionStatus | ConnectionStatus | GateStatus | EndStatus

interface StatusBase {
  /** Stable, for programs. */
  code: string
  /** For people. */
  reason: string
}
/** All stored events are delivered; new events follow. */
export interface LiveStatus extends StatusBase {
  status: 'live'
  cursor: string
}
/** Events are missing here. */
export interface GapStatus extends StatusBase {
  status: 'gap'
  /** First and last seq that is missing; 0 if unknown. */
  from: number
  to: number
  why: GapReason
  /** Delivery continues after this cursor. */
  cursor: string
}
/** Nothing has matched up to the cursor. */
export interface PositionStatus extends StatusBase {
  status: 'position'
  cursor: string
}
/**
 * `reconnecting`: the connection is lost. `connected`: it is restored. `lagging`: this program reads more slowly than
 * events arrive. `suspended`: the hub accepts no events at present.
 */
export interface ConnectionStatus extends StatusBase {
  status: 'connected' | 'reconnecting' | 'lagging' | 'suspended'
  /** ms until the next attempt to connect. */
  delay?: number
}
/** The event `seq` waits for this subscriber's answer, at most `deadline` ms. */
export interface GateStatus extends StatusBase {
  status: 'gate'
  name: string
  seq: number
  deadline: number
}
/** The subscription is over: `END` if it reached `to`, otherwise an error code. */
export interface EndStatus extends StatusBase {
  status: 'end'
  cursor?: string
}
