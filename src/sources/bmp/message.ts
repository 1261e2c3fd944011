/** A message of the BGP Monitoring Protocol (RFC 7854), as far as it is about sessions. */
export type BmpMessage =
  | { kind: 'initiation'; name?: string; description?: string }
  | { kind: 'termination'; reason: string }
  /** About something that is not a session, such as the table of routes itself. */
  | { kind: 'other' }
  | ({ kind: 'up'; localAddress: string; localPort: number; remotePort: number; holdTime?: number } & BmpPeer)
  | ({ kind: 'down'; reason: string; notification?: string } & BmpPeer)

/** The peer of a session of BGP. */
export interface BmpPeer {
  peer: string
  as: number
  bgpId: string
  /** Absent for a global instance. */
  distinguisher?: string
  /** µs since the epoch; undefined if the router does not say it. */
  time: number | undefined
}

export const HEAD_BYTES = 6
export const VERSION = 3
const PEER_BYTES = 42
const BGP_HEAD_BYTES = 19
const MAX_TEXT = 256

const PEER_DOWN = 2
const PEER_UP = 3
const INITIATION = 4
const TERMINATION = 5
/** The types that are read. All others are about routes. */
export const READ_TYPES: ReadonlySet<number> = new Set([PEER_DOWN, PEER_UP, INITIATION, TERMINATION])

/** Section 4.4: information that is text. */
const SYSTEM_DESCRIPTION = 1
const SYSTEM_NAME = 2
/** Section 4.5 */
const TERMINATION_REASON = 1
const terminations = [
  'closed by an administrator',
  'no reason',
  'out of resources',
  'redundant connection',
  'closed by an administrator for good',
]
/** Section 4.9 */
const reasons: Readonly<Record<number, string>> = {
  1: 'closed by the router with a notification',
  2: 'closed by the router without a notification',
  3: 'closed by the peer with a notification',
  4: 'closed by the peer without a notification',
  5: 'no longer monitored',
  6: 'the local session is closed',
}
/** RFC 4271, section 4.5 */
const errors: Readonly<Record<number, string>> = {
  1: 'message header error',
  2: 'OPEN message error',
  3: 'UPDATE message error',
  4: 'hold timer expired',
  5: 'finite state machine error',
  6: 'cease',
}
const IS_IPV6 = 0x80
/** Types 0 to 2 are sessions (section 4.2). 3 is the table of routes (RFC 9069), in which flags mean something else. */
const LAST_SESSION_TYPE = 2

/** Reads a whole message of one of the types that are read. Throws a RangeError for one that is too short. */
export function readBmpMessage(type: number, body: Buffer): BmpMessage {
  if (type === INITIATION) {
    const information = informationIn(body)
    return {
      kind: 'initiation',
      ...text('name', information.get(SYSTEM_NAME)),
      ...text('description', information.get(SYSTEM_DESCRIPTION)),
    }
  }
  if (type === TERMINATION) {
    const code = informationIn(body).get(TERMINATION_REASON)
    return { kind: 'termination', reason: terminations[code?.readUInt16BE() ?? 1] ?? 'no reason' }
  }
  if (body.readUInt8() > LAST_SESSION_TYPE) return { kind: 'other' }
  const peer = peerIn(body)
  const rest = body.subarray(PEER_BYTES)
  return type === PEER_UP
    ? { kind: 'up', ...peer, ...upIn(rest, body[1]) }
    : { kind: 'down', ...peer, ...downIn(rest) }
}

/** Section 4.2 */
function peerIn(body: Buffer): BmpPeer {
  const seconds = body.readUInt32BE(34)
  const distinguisher = body.readBigUInt64BE(2)
  return {
    peer: addressAt(body, 10, body[1]),
    as: body.readUInt32BE(26),
    bgpId: ipv4At(body, 30),
    ...(distinguisher !== 0n && { distinguisher: distinguisher.toString() }),
    time: seconds === 0 ? undefined : seconds * 1_000_000 + Math.min(body.readUInt32BE(38), 999_999),
  }
}

/** Section 4.10. The hold time is that of the OPEN that the router has received, the second one. */
function upIn(rest: Buffer, flags: number) {
  const sent = rest.subarray(20)
  const received = sent.subarray(sent.readUInt16BE(16))
  const holdTime =
    received.length < BGP_HEAD_BYTES + 5 ? {} : { holdTime: received.readUInt16BE(BGP_HEAD_BYTES + 3) }
  return {
    localAddress: addressAt(rest, 0, flags),
    localPort: rest.readUInt16BE(16),
    remotePort: rest.readUInt16BE(18),
    ...holdTime,
  }
}

function downIn(rest: Buffer) {
  const code = rest.readUInt8()
  const reason = reasons[code] ?? `reason ${code}`
  if (code === 2) return { reason, notification: `event ${rest.readUInt16BE(1)} of the finite state machine` }
  if (code !== 1 && code !== 3) return { reason }
  const error = rest.readUInt8(1 + BGP_HEAD_BYTES)
  return {
    reason,
    notification: `${errors[error] ?? `error ${error}`}, ${rest.readUInt8(2 + BGP_HEAD_BYTES)}`,
  }
}

function informationIn(body: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>()
  for (let at = 0; at + 4 <= body.length; at += 4 + body.readUInt16BE(at + 2))
    found.set(body.readUInt16BE(at), body.subarray(at + 4, at + 4 + body.readUInt16BE(at + 2)))
  return found
}

function text<Key extends string>(key: Key, bytes: Buffer | undefined) {
  const value = bytes?.toString('utf8').slice(0, MAX_TEXT) ?? ''
  return value === '' ? {} : { [key]: value }
}

function addressAt(body: Buffer, at: number, flags: number): string {
  if ((flags & IS_IPV6) === 0) return ipv4At(body, at + 12)
  const groups = Array.from({ length: 8 }, (_, n) => body.readUInt16BE(at + 2 * n).toString(16))
  // URLs have the usual short form.
  return new URL(`bmp://[${groups.join(':')}]`).hostname.slice(1, -1)
}

function ipv4At(body: Buffer, at: number): string {
  return [0, 1, 2, 3].map((n) => body.readUInt8(at + n)).join('.')
}
