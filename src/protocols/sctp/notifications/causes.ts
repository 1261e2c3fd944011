import { SctpNotificationError } from './error.js'
import { requireBytes } from './platform.js'

/** An error cause of RFC 9260 section 3.3.10 and of its extensions. */
export interface CauseName {
  code: number
  name: string
}

export interface ErrorCause extends CauseName {
  /** The value without its padding. */
  value: Uint8Array
}

/** The names in RFC 9260, 6951, 5061, 4895 and the NAT extension. */
const names = new Map([
  [1, 'Invalid Stream Identifier'],
  [2, 'Missing Mandatory Parameter'],
  [3, 'Stale Cookie'],
  [4, 'Out of Resource'],
  [5, 'Unresolvable Address'],
  [6, 'Unrecognized Chunk Type'],
  [7, 'Invalid Mandatory Parameter'],
  [8, 'Unrecognized Parameters'],
  [9, 'No User Data'],
  [10, 'Cookie Received While Shutting Down'],
  [11, 'Restart of an Association with New Addresses'],
  [12, 'User-Initiated Abort'],
  [13, 'Protocol Violation'],
  [14, 'Restart of an Association with New Encapsulation Port'],
  [0xa0, 'Request to Delete Last Remaining IP Address'],
  [0xa1, 'Operation Refused Due to Resource Shortage'],
  [0xa2, 'Request to Delete Source IP Address'],
  [0xa3, 'Association Aborted Due to Illegal ASCONF-ACK'],
  [0xa4, 'Request Refused - No Authorization'],
  [0xb0, 'VTag and Port Number Collision'],
  [0xb1, 'Missing State'],
  [0x105, 'Unsupported HMAC Identifier'],
])

export function causeName(code: number): CauseName {
  return { code, name: names.get(code) ?? 'Unknown Cause' }
}

/**
 * Linux stores the code in network byte order in a field of host byte order: 12 reads as 3072. A kernel that does not
 * is recognised by the code, since no two known codes are each other's swapped bytes.
 */
export function causeOfLinux(raw: number, littleEndian: boolean): CauseName {
  const swapped = littleEndian && raw <= 0xffff ? ((raw & 0xff) << 8) | (raw >> 8) : raw
  return causeName(!names.has(swapped) && names.has(raw) ? raw : swapped)
}

const ABORT = 6
const ERROR = 9
const HEADER_BYTES = 4

/**
 * Parses the causes of an ABORT or ERROR chunk, with or without its header: `sac_info` on both platforms, `sre_data` on
 * FreeBSD. (On Linux, `sre_data` is the value of a single cause.) Throws TCN_SCTP_CAUSE if the bytes are not valid.
 *
 * @example
 * parseErrorCauses(Uint8Array.of(0, 12, 0, 7, 0x62, 0x79, 0x65, 0))
 * // [{ code: 12, name: 'User-Initiated Abort', value: Uint8Array [0x62, 0x79, 0x65] }]
 */
export function parseErrorCauses(bytes: Uint8Array): ErrorCause[] {
  requireBytes(bytes)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const causes: ErrorCause[] = []
  let at = hasChunkHeader(view) ? HEADER_BYTES : 0
  while (at < bytes.length) {
    if (at + HEADER_BYTES > bytes.length) throw broken('an error cause is incomplete', at)
    const code = view.getUint16(at)
    const length = view.getUint16(at + 2)
    if (length < HEADER_BYTES || at + length > bytes.length) {
      throw broken('the length of an error cause does not match the remaining bytes', at + 2, code, length)
    }
    causes.push({ ...causeName(code), value: copy(bytes, at + HEADER_BYTES, at + length) })
    // The padding of the last cause may be missing.
    at += (length + 3) & ~3
  }
  return causes
}

/** No code of a cause begins with the type of one of these chunks, so that a header can be recognised. */
function hasChunkHeader(view: DataView): boolean {
  if (view.byteLength < HEADER_BYTES) return false
  const type = view.getUint8(0)
  if (type !== ABORT && type !== ERROR) return false
  const length = view.getUint16(2)
  return length >= HEADER_BYTES && ((length + 3) & ~3) >= view.byteLength && length <= view.byteLength
}

function broken(what: string, offset: number, type?: number, length?: number): SctpNotificationError {
  return new SctpNotificationError('TCN_SCTP_CAUSE', what, { type, length, offset })
}

/** Copies bytes into a new Uint8Array, even from a Buffer. */
export function copy(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.subarray(start, end))
}
