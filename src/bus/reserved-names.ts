import { attributesLength } from '../event/frame.js'
import { compilePath, kindAt, textLength, textStart } from '../event/msgpack/find.js'
import { findAttribute } from '../filter/field.js'

const HUB_TYPES = new TextEncoder().encode('hub.')
const TYPE = compilePath(['type'])
const SLASH = 0x2f

/**
 * Returns whether the attribute `type` names a type of the hub's own events, which whoever filters by type would
 * believe.
 */
export function saysHubType(bytes: Uint8Array, at: number): boolean {
  if (attributesLength(bytes, at) === 0) return false
  const value = findAttribute(bytes, at, TYPE)
  if (value < 0 || kindAt(bytes, value) !== 'text') return false
  const start = textStart(bytes, value)
  const length = textLength(bytes, value)
  return length >= HUB_TYPES.length && HUB_TYPES.every((byte, index) => bytes[start + index] === byte)
}

/** Returns whether the text is `prefix` or begins with `prefix/`. Everything is under the empty prefix. */
export function isUnder(bytes: Uint8Array, start: number, length: number, prefix: Uint8Array): boolean {
  const size = prefix.length
  if (size === 0) return true
  if (length < size || (length > size && bytes[start + size] !== SLASH)) return false
  for (let i = 0; i < size; i++) if (bytes[start + i] !== prefix[i]) return false
  return true
}
