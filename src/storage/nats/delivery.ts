import type { RawMessage } from './raw-message.js'

/** The values in the reply subject of a message from a consumer. */
export interface Delivery {
  /** Place in the stream. */
  seq: number
  /** Number of the message for this consumer, from 1. */
  nth: number
  /** Time of storing, µs since the Unix epoch. */
  time: number
  /** Number of messages after it. */
  pending: number
}

const START = Buffer.from('$JS.ACK.')
const DOT = 0x2e
const ZERO = 0x30
/** Tokens without and with domain, account and what may follow. */
const SHORT = 9
/** Where the places are, counted in dots, in both forms. */
const AT_SHORT = 5
const AT_LONG = 7
const MAX_TOKENS = 16
const dots = new Int32Array(MAX_TOKENS)

/**
 * Reads `$JS.ACK.<stream>.<consumer>.<deliveries>.<seq>.<nth>.<time, ns>.<pending>`, or the longer form with domain and
 * account after the first two tokens.
 */
export function parseDelivery({
  bytes,
  replyStart,
  replyEnd,
}: Pick<RawMessage, 'bytes' | 'replyStart' | 'replyEnd'>): Delivery | undefined {
  if (!startsRight(bytes, replyStart, replyEnd)) return undefined
  let count = 0
  for (let at = replyStart; at < replyEnd && count < MAX_TOKENS; at++)
    if (bytes[at] === DOT) dots[count++] = at
  if (count + 1 < SHORT || count === MAX_TOKENS) return undefined
  const first = count + 1 === SHORT ? AT_SHORT : AT_LONG
  if (count < first + 3) return undefined
  const end = count > first + 3 ? dots[first + 3] : replyEnd
  return {
    seq: numberAt(bytes, dots[first - 1] + 1, dots[first]),
    nth: numberAt(bytes, dots[first] + 1, dots[first + 1]),
    // The nanoseconds are left out: the number would not be exact with them.
    time: numberAt(bytes, dots[first + 1] + 1, dots[first + 2] - 3),
    pending: numberAt(bytes, dots[first + 2] + 1, end),
  }
}

function startsRight(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < START.length) return false
  for (let at = 0; at < START.length; at++) if (bytes[start + at] !== START[at]) return false
  return true
}

function numberAt(bytes: Uint8Array, start: number, end: number): number {
  let value = 0
  for (let at = start; at < end; at++) {
    const digit = bytes[at] - ZERO
    if (digit < 0 || digit > 9) return Number.NaN
    value = value * 10 + digit
  }
  return value
}
