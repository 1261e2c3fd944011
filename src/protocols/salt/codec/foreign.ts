import { decode } from '../../../event/msgpack/decoder.js'
import { kindAt } from '../../../event/msgpack/find.js'
import { afterHead, readLength } from '../../../event/msgpack/walk.js'
import { joinBody } from './body.js'
import { isStamped } from './echoes.js'
import { isoformat } from './python-datetime.js'
import { pack } from './values.js'

/**
 * The body of an event that does not come from Salt, in the form that a Salt sender would give it: data other than a
 * map is put under the key `data`, a missing `_stamp` is added, and times become datetimes. `data` is msgpack that has
 * passed the walk, `time` is µs since the epoch.
 */
export function foreignBody(tag: Uint8Array, data: Uint8Array, time: number): Uint8Array {
  return joinBody(tag, stamped(withDatetimes(data), time))
}

function stamped(data: Uint8Array, time: number): Uint8Array {
  if (kindAt(data, 0) !== 'map') return concat([mapHead(2), DATA_KEY, data, STAMP_KEY, pack(isoformat(time))])
  if (isStamped(data, 0, data.length)) return data
  const { entries, from } = openMap(data)
  return concat([mapHead(entries + 1), data.subarray(from), STAMP_KEY, pack(isoformat(time))])
}

const STAMP_KEY = pack('_stamp')
const DATA_KEY = pack('data')

function openMap(data: Uint8Array): { entries: number; from: number } {
  const lead = data[0]
  const wide = lead === 0xde ? 2 : lead === 0xdf ? 4 : 0
  return { entries: wide === 0 ? lead & 0x0f : readLength(data, 1, wide), from: 1 + wide }
}

function mapHead(entries: number): Uint8Array {
  if (entries < 16) return Uint8Array.of(0x80 | entries)
  if (entries < 0x1_0000) return Uint8Array.of(0xde, entries >>> 8, entries)
  return Uint8Array.of(0xdf, entries >>> 24, entries >>> 16, entries >>> 8, entries)
}

/** Data is converted in one step: in longer data all times stay as they are, and of more times the last ones. */
const MAX_CONVERTED_BYTES = 1024 * 1024
const MAX_CONVERTED_TIMES = 1000
const TIME_EXT = 0xff

/**
 * Returns the data with datetimes instead of times (ext -1), for which Python's reader has a type that Salt does not
 * expect. Nothing else is decoded: the data may be a million values.
 */
function withDatetimes(data: Uint8Array): Uint8Array {
  if (data.length > MAX_CONVERTED_BYTES || !data.includes(TIME_EXT)) return data
  const parts: Uint8Array[] = []
  let copied = 0
  for (let at = 0, next = 0; at < data.length && parts.length < 2 * MAX_CONVERTED_TIMES; at = next) {
    next = afterHead(data, at)
    if (!isTime(data, at)) continue
    parts.push(data.subarray(copied, at), pack(decode(data, at, next)))
    copied = next
  }
  return parts.length === 0 ? data : concat([...parts, data.subarray(copied)])
}

/** Returns whether the value is an ext -1 of 4, 8 or 12 bytes. */
function isTime(data: Uint8Array, at: number): boolean {
  const lead = data[at]
  if (lead === 0xd6 || lead === 0xd7) return data[at + 1] === TIME_EXT
  return lead === 0xc7 && data[at + 1] === 12 && data[at + 2] === TIME_EXT
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
