import type { CursorRecord, Gap, Gate } from '../../protocols/native/protocol.js'
import type {
  ConnectionStatus,
  EndStatus,
  GapStatus,
  GateStatus,
  LiveStatus,
  PositionStatus,
  Status,
} from '../status.js'
import type { DisconnectReason } from '../transport/disconnect-reason.js'

export function liveStatus({ cursor }: CursorRecord): LiveStatus {
  return { status: 'live', code: 'LIVE', reason: 'all stored events are delivered', cursor }
}

export function positionStatus({ cursor }: CursorRecord): PositionStatus {
  return { status: 'position', code: 'POSITION', reason: 'nothing matched up to here', cursor }
}

const gapReasons: Record<Gap['reason'], string> = {
  expired: 'the log no longer keeps these events',
  'lost-in-crash': 'the hub crashed',
  damaged: 'the log of the hub is damaged here',
  'lost-in-damage': 'a part of the log with these events is gone',
  ahead: 'the position is ahead of the log',
  'unknown-epoch': 'the position belongs to another log',
  skipped: 'this subscriber was too slow',
}

export function gapStatus({ from, to, reason, cursor }: Gap): GapStatus {
  const code = `GAP_${reason.toUpperCase().replaceAll('-', '_')}`
  return { status: 'gap', code, reason: gapReasons[reason], from, to, why: reason, cursor }
}

export function gateStatus({ name, seq = 0, deadline = 0 }: Gate): GateStatus {
  return { status: 'gate', code: 'GATE', reason: `event ${seq} waits for an answer`, name, seq, deadline }
}

export function reconnecting({ code, message }: DisconnectReason, delay: number): ConnectionStatus {
  return { status: 'reconnecting', code, reason: message, delay }
}

export const connected: ConnectionStatus = {
  status: 'connected',
  code: 'CONNECTED',
  reason: 'the hub answered',
}

export const lagging: ConnectionStatus = {
  status: 'lagging',
  code: 'LAGGING',
  reason: 'events come faster than this program reads',
}

export const suspended: ConnectionStatus = {
  status: 'suspended',
  code: 'TCN_BUS_SUSPENDED',
  reason: 'the hub accepts no events at present',
}

export function endStatus({ code, message }: DisconnectReason, cursor: string | undefined): EndStatus {
  return cursor === undefined
    ? { status: 'end', code, reason: message }
    : { status: 'end', code, reason: message, cursor }
}

/** Memory of a status record without its texts. */
const STATUS_BYTES = 256

/** Approximate memory of a status record. */
export function statusBytes(status: Status): number {
  let bytes = STATUS_BYTES
  for (const value of Object.values(status)) if (typeof value === 'string') bytes += value.length
  return bytes
}
