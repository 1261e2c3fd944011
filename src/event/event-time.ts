import { attributesLength, attributesStart, frameTime } from './frame.js'
import { compilePath, find, textLength, textStart } from './msgpack/find.js'
import { isPlausible } from './plausible-time.js'
import { LONGEST_TIME, parseTime, SHORTEST_TIME } from './position.js'
import { TIME_KEY } from './time-attribute.js'
import { decodeUtf8 } from './utf8.js'

/**
 * When the event happened, µs since the epoch: the time of its own, if it has one, otherwise the time at which the log
 * stored it.
 */
export function eventTime(bytes: Uint8Array, at: number): number {
  const own = ownEventTime(bytes, at)
  return own < 0 ? frameTime(bytes, at) : own
}

/**
 * The attribute `time` of a frame, µs since the epoch; -1 if it has none, or one that cannot be right: none that is an
 * RFC 3339 time, or one that is not plausible.
 */
export function ownEventTime(bytes: Uint8Array, at: number): number {
  const length = attributesLength(bytes, at)
  if (length === 0) return -1
  const start = attributesStart(bytes, at)
  const value = isTimeAlone(bytes, start, length)
    ? start + TIME_KEY.length
    : find(bytes, start, start + length, path)
  const micros = value < 0 ? -1 : timeOf(bytes, value)
  return isPlausible(micros, frameTime(bytes, at)) ? micros : -1
}

/** Returns whether attributes are `time` and nothing else, as those of most events that have any. */
export function isTimeAlone(bytes: Uint8Array, start: number, length: number): boolean {
  if (length < TIME_KEY.length) return false
  for (let nth = 0; nth < TIME_KEY.length; nth++) if (bytes[start + nth] !== TIME_KEY[nth]) return false
  return true
}

const path = compilePath(['time'])

function timeOf(bytes: Uint8Array, value: number): number {
  const length = textLength(bytes, value)
  if (length < SHORTEST_TIME || length > LONGEST_TIME) return -1
  const start = textStart(bytes, value)
  const quick = inKnownDay(bytes, start, length)
  if (quick >= 0) return quick
  const text = decodeUtf8(bytes, start, start + length)
  const micros = Math.max(-1, parseTime(text) ?? -1)
  if (micros >= 0 && text.endsWith('Z')) keepDay(bytes, start, text.slice(0, DAY_BYTES))
  return micros
}

/** `2026-11-21T` */
const DAY_BYTES = 11
/** `2026-11-21T02:54:26` */
const SECOND_BYTES = 19
const FRACTION_DIGITS = 6
const [ZERO, COLON, POINT, ZULU] = [0x30, 0x3a, 0x2e, 0x5a]

/** Times that are read after each other are mostly of one day: its text in UTC, and its midnight, µs. */
const knownDay = new Uint8Array(DAY_BYTES)
let midnight = -1

function keepDay(bytes: Uint8Array, start: number, day: string): void {
  for (let nth = 0; nth < DAY_BYTES; nth++) knownDay[nth] = bytes[start + nth]
  midnight = parseTime(`${day}00:00Z`) ?? -1
}

/** Reads a time in UTC of the known day; -1 for any other. */
function inKnownDay(bytes: Uint8Array, start: number, length: number): number {
  const end = start + length - 1
  if (end < start + SECOND_BYTES || bytes[end] !== ZULU) return -1
  for (let nth = DAY_BYTES - 1; nth >= 0; nth--) if (bytes[start + nth] !== knownDay[nth]) return -1
  if (bytes[start + 13] !== COLON || bytes[start + 16] !== COLON) return -1
  const hours = twoDigits(bytes, start + 11)
  const minutes = twoDigits(bytes, start + 14)
  const seconds = twoDigits(bytes, start + 17)
  const fraction = fractionOf(bytes, start + SECOND_BYTES, end)
  if (hours > 23 || minutes > 59 || seconds > 59 || fraction < 0) return -1
  return midnight + ((hours * 60 + minutes) * 60 + seconds) * 1e6 + fraction
}

/** More than 99 if one of the two is not a digit. */
function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at] - ZERO
  const ones = bytes[at + 1] - ZERO
  return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? 100 : tens * 10 + ones
}

/** µs of `.5` or of nothing; -1 for other texts. */
function fractionOf(bytes: Uint8Array, start: number, end: number): number {
  if (start === end) return 0
  const digits = end - start - 1
  if (bytes[start] !== POINT || digits < 1 || digits > FRACTION_DIGITS) return -1
  let micros = 0
  for (let nth = 1; nth <= FRACTION_DIGITS; nth++) {
    const digit = nth <= digits ? bytes[start + nth] - ZERO : 0
    if (digit < 0 || digit > 9) return -1
    micros = micros * 10 + digit
  }
  return micros
}
