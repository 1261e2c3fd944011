import { readText } from './generated-code.js'
import { readLength, walkValue } from './walk.js'

/**
 * Reads single values of a body without decoding it. The body must have passed the walk (`checkFrame`,
 * `checkValue`). A value is identified by the offset of its first byte.
 */

/** One step of a path: a key of a map, or a number, which can also be the index of an array. */
export interface PathStep {
  readonly key: Uint8Array
  /** The first byte of the key as it is usually encoded, -1 if it is too long for that. */
  readonly lead: number
  /** The index as a number, -1 if the step is not one. */
  readonly index: number
}

/**
 * Prepares a path for `find`.
 *
 * @example
 * find(encode([5, 6]), 0, 3, compilePath(['1'])) // 2
 */
export function compilePath(names: readonly string[]): PathStep[] {
  return names.map((name) => stepOf(name, utf8.encode(name)))
}

function stepOf(name: string, key: Uint8Array): PathStep {
  return {
    key,
    lead: key.length < 32 ? 0xa0 | key.length : -1,
    index: /^(0|[1-9]\d{0,8})$/.test(name) ? Number(name) : -1,
  }
}

/**
 * Offset of the value at the path, -1 if there is none. Of equal keys the last one counts, as in decoding.
 *
 * @example
 * const body = encode({ disk: { used: 0.97 } })
 * numberAt(body, find(body, 0, body.length, compilePath(['disk', 'used']))) // 0.97
 */
export function find(bytes: Uint8Array, start: number, end: number, path: readonly PathStep[]): number {
  let at = start
  for (let step = 0; step < path.length; step++) {
    const lead = bytes[at]
    if (isMap(lead)) at = findKey(bytes, at, end, path[step])
    else if (isArray(lead)) at = findElement(bytes, at, end, path[step].index)
    else return -1
    if (at < 0) return -1
  }
  return at
}

function findKey(bytes: Uint8Array, at: number, end: number, { key, lead: usual }: PathStep): number {
  const lead = bytes[at]
  const wide = lead === 0xde ? 2 : lead === 0xdf ? 4 : 0
  const entries = wide === 0 ? lead & 0x0f : readLength(bytes, at + 1, wide)
  let found = -1
  let next = at + 1 + wide
  for (let left = entries; left > 0; left--) {
    const value = skipValue(bytes, next, end)
    const head = bytes[next]
    if (head === usual ? hasBytes(bytes, next + 1, key) : head >= 0xa0 && isKey(bytes, next, value, key))
      found = value
    // The end of the last value is not needed, and to find it may take long.
    if (left > 1) next = skipValue(bytes, value, end)
  }
  return found
}

/**
 * Writes where the values of several keys of a map are, -1 for each that it does not have, into `found`, in one walk. The
 * last of equal keys counts.
 */
export function findKeys(
  bytes: Uint8Array,
  at: number,
  end: number,
  keys: readonly PathStep[],
  found: Int32Array,
): void {
  found.fill(-1)
  const lead = bytes[at]
  if (!isMap(lead)) return
  const wide = lead === 0xde ? 2 : lead === 0xdf ? 4 : 0
  let next = at + 1 + wide
  for (let left = wide === 0 ? lead & 0x0f : readLength(bytes, at + 1, wide); left > 0; left--) {
    const value = skipValue(bytes, next, end)
    for (let nth = 0; nth < keys.length; nth++) {
      const { key, lead: usual } = keys[nth]
      const head = bytes[next]
      if (head === usual ? hasBytes(bytes, next + 1, key) : head > 0xbf && isKey(bytes, next, value, key))
        found[nth] = value
    }
    if (left > 1) next = skipValue(bytes, value, end)
  }
}

function findElement(bytes: Uint8Array, at: number, end: number, index: number): number {
  const lead = bytes[at]
  const wide = lead === 0xdc ? 2 : lead === 0xdd ? 4 : 0
  const count = wide === 0 ? lead & 0x0f : readLength(bytes, at + 1, wide)
  if (index < 0 || index >= count) return -1
  let next = at + 1 + wide
  for (let element = 0; element < index; element++) next = skipValue(bytes, next, end)
  return next
}

/** The offset after the value. The most frequent kinds are tested first. */
function skipValue(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at]
  if (lead >= 0xa0 && lead < 0xc0) return at + 1 + (lead & 0x1f)
  if (lead < 0x80 || lead >= 0xe0 || lead === 0xc2 || lead === 0xc3) return at + 1
  if (lead >= 0xca && lead <= 0xd3) return at + NUMBER_BYTES[lead - 0xca]
  return lead === 0xd9 ? at + 2 + bytes[at + 1] : walkValue(bytes, at, end)
}

/** Size of a number for each lead byte from CA on, the lead byte included. */
const NUMBER_BYTES = Uint8Array.of(5, 9, 2, 3, 5, 9, 2, 3, 5, 9)

/** Returns whether the value from `at` to `end` is the text `key`. */
export function isKey(bytes: Uint8Array, at: number, end: number, key: Uint8Array): boolean {
  const lead = bytes[at]
  const start = end - key.length
  const isText = lead >> 5 === 0b101 ? start === at + 1 : textLength(bytes, at) === key.length
  return isText && hasBytes(bytes, start, key)
}

function hasBytes(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let index = 0; index < wanted.length; index++) if (bytes[at + index] !== wanted[index]) return false
  return true
}

export function isMap(lead: number): boolean {
  return lead >> 4 === 0x8 || lead === 0xde || lead === 0xdf
}

export function isArray(lead: number): boolean {
  return lead >> 4 === 0x9 || lead === 0xdc || lead === 0xdd
}

export type ValueKind = 'nil' | 'boolean' | 'integer' | 'float' | 'text' | 'bytes' | 'array' | 'map' | 'ext'

/**
 * The kind of the value at the offset.
 *
 * @example
 * kindAt(encode([1, 2]), 0) // 'array'
 */
export function kindAt(bytes: Uint8Array, at: number): ValueKind {
  const lead = bytes[at]
  if (lead < 0x80 || lead >= 0xe0 || (lead >= 0xcc && lead <= 0xd3)) return 'integer'
  if (lead >> 5 === 0b101 || (lead >= 0xd9 && lead <= 0xdb)) return 'text'
  if (isMap(lead)) return 'map'
  if (isArray(lead)) return 'array'
  if (lead === 0xc2 || lead === 0xc3) return 'boolean'
  if (lead === 0xca || lead === 0xcb) return 'float'
  if (lead >= 0xc4 && lead <= 0xc6) return 'bytes'
  return lead === 0xc0 ? 'nil' : 'ext'
}

/**
 * Length in bytes of the text at the offset, -1 if it is not text.
 *
 * @example
 * textLength(encode('é'), 0) // 2
 * textLength(encode(1), 0) // -1
 */
export function textLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]
  if (lead >> 5 === 0b101) return lead & 0x1f
  return lead >= 0xd9 && lead <= 0xdb ? readLength(bytes, at + 1, 1 << (lead - 0xd9)) : -1
}

/**
 * The offset at which the bytes of the text begin. Call it only if `textLength` found text.
 *
 * @example
 * textStart(encode('web1'), 0) // 1
 */
export function textStart(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]
  return lead >> 5 === 0b101 ? at + 1 : at + 1 + (1 << (lead - 0xd9))
}

/**
 * The number at the offset, a bigint if it is an integer beyond 2^53; undefined if it is not a number.
 *
 * @example
 * numberAt(encode(2n ** 60n), 0) // 1152921504606846976n
 * numberAt(encode('12'), 0) // undefined
 */
export function numberAt(bytes: Uint8Array, at: number): number | bigint | undefined {
  const lead = bytes[at]
  if (lead < 0x80) return lead
  if (lead >= 0xe0) return lead - 0x100
  const first = at + 1
  switch (lead) {
    case 0xca:
      return viewOf(bytes, first, 4).getFloat32(0)
    case 0xcb:
      return viewOf(bytes, first, 8).getFloat64(0)
    case 0xcc:
      return bytes[first]
    case 0xcd:
      return readLength(bytes, first, 2)
    case 0xce:
      return readLength(bytes, first, 4)
    case 0xcf:
      return exact(readLength(bytes, first, 4), readLength(bytes, first + 4, 4))
    case 0xd0:
      return (bytes[first] << 24) >> 24
    case 0xd1:
      return (readLength(bytes, first, 2) << 16) >> 16
    case 0xd2:
      return readLength(bytes, first, 4) | 0
    case 0xd3:
      return exact(readLength(bytes, first, 4) | 0, readLength(bytes, first + 4, 4))
    default:
      return undefined
  }
}

export type Scalar = string | number | bigint | boolean | null | Uint8Array

/**
 * The value at the offset, with bytes as a view; undefined for containers and exts.
 *
 * @example
 * scalarAt(encode('web1'), 0) // 'web1'
 * scalarAt(encode([1]), 0) // undefined
 */
export function scalarAt(bytes: Uint8Array, at: number): Scalar | undefined {
  const lead = bytes[at]
  switch (kindAt(bytes, at)) {
    case 'nil':
      return null
    case 'boolean':
      return lead === 0xc3
    case 'text': {
      const start = textStart(bytes, at)
      return readText(bytes, start, start + textLength(bytes, at))
    }
    case 'bytes':
      return bytesAt(bytes, at)
    default:
      return numberAt(bytes, at)
  }
}

/**
 * The raw bytes of the text or binary at the offset, as a view; undefined for other values.
 *
 * @example
 * bytesAt(encode('é'), 0) // Uint8Array [0xc3, 0xa9]
 */
export function bytesAt(bytes: Uint8Array, at: number): Uint8Array | undefined {
  const length = textLength(bytes, at)
  if (length >= 0) {
    const start = textStart(bytes, at)
    return bytes.subarray(start, start + length)
  }
  const lead = bytes[at]
  if (lead < 0xc4 || lead > 0xc6) return undefined
  const wide = 1 << (lead - 0xc4)
  const start = at + 1 + wide
  return bytes.subarray(start, start + readLength(bytes, at + 1, wide))
}

function exact(upper: number, lower: number): number | bigint {
  const value = upper * 0x1_0000_0000 + lower
  if (Number.isSafeInteger(value)) return value
  return (BigInt(upper) << 32n) | BigInt(lower)
}

function viewOf(bytes: Uint8Array, at: number, size: number): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset + at, size)
}

const utf8 = new TextEncoder()
