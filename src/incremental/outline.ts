import type { Event } from '../event/event.js'
import { bodyStart } from '../event/frame.js'
import { decode } from '../event/msgpack/decoder.js'
import { kindAt } from '../event/msgpack/find.js'
import { readText } from '../event/msgpack/generated-code.js'
import { afterHead, walkValue } from '../event/msgpack/walk.js'
import { isLong } from './long-text.js'
import { contentStart, endOfCharacters } from './piece-writer.js'

/** A longer member of a list or map is left out. */
const MEMBER_BYTES = 4 * 1024
const MAX_MEMBERS = 64
/** So much of the body is looked at. */
const LOOKED_AT_BYTES = 1024 * 1024
const CUT = '…'

/** The data of an event; of a long one only the beginning, without long members, so that it is made at once. */
export function outlineOf(event: Event): unknown {
  if (!isLong(event)) return event.data
  const { bytes, at, end } = event
  return outlineAt(bytes, bodyStart(bytes, at), end, MEMBER_BYTES)
}

/** The outline of a value. A longer member of a list or map than `longest` bytes is left out. */
export function outlineAt(bytes: Uint8Array, start: number, end: number, longest: number): unknown {
  switch (kindAt(bytes, start)) {
    case 'map':
      return Object.fromEntries(membersOf(bytes, start, end, 2, longest) as [string, unknown][])
    case 'array':
      return membersOf(bytes, start, end, 1, longest).map(([value]) => value)
    case 'text': {
      const from = contentStart(bytes, start)
      return readText(bytes, from, endOfCharacters(bytes, from + MEMBER_BYTES, end)) + CUT
    }
    default:
      return CUT
  }
}

/** The first members: each is one value, or a key and its value. */
function membersOf(
  bytes: Uint8Array,
  start: number,
  end: number,
  values: 1 | 2,
  longest: number,
): unknown[][] {
  const members: unknown[][] = []
  const stop = Math.min(end, start + LOOKED_AT_BYTES)
  for (let at = afterHead(bytes, start); at < end && members.length < MAX_MEMBERS; ) {
    const member: unknown[] = []
    for (let nth = 0; nth < values; nth++) {
      const next = walkValue(bytes, at, stop)
      if (next < 0) return nth === 0 ? members : [...members, [...member, CUT]]
      member.push(next - at > longest ? CUT : decode(bytes, at, next))
      at = next
    }
    members.push(member)
  }
  return members
}
