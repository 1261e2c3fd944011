import { TocsinError } from '../../errors/tocsin-error.js'
import { MAX_BODY_DEPTH } from '../frame.js'
import { parseTime } from '../position.js'
import { readText } from './generated-code.js'
import type { BuildMap, KeyNode } from './key-tree.js'
import { assemble, learn, roots } from './learned-maps.js'
import { MAX_CACHED_LENGTH, MIN_CACHED_LENGTH, TextCache } from './text-cache.js'
import { Ext, SALT_CONSTANT_EXT, SALT_DATETIME_EXT, SaltConstant, TIME_EXT, timeOf } from './values.js'
import { readLength } from './walk.js'

/**
 * Decodes one msgpack value that fills [start, end).
 *
 * Maps with only text keys become objects (`__proto__` is an ordinary property), other maps a Map. Integers
 * beyond 2^53 become bigints, and bin a Uint8Array with its own memory. Invalid UTF-8 in text becomes U+FFFD;
 * `bytesAt` has the original bytes. ext -1 and 78 become Date (Timestamp if more precise than a millisecond)
 * and 79 SaltConstant; every other ext, and one of these with invalid content, becomes Ext. Throws
 * TCN_BODY_INVALID, TCN_BODY_DEPTH or TCN_BODY_TRAILING.
 *
 * @example
 * decode(Uint8Array.of(0x81, 0xa1, 0x61, 0x01)) // { a: 1 }
 */
export function decode(source: Uint8Array, start = 0, stop = source.length): unknown {
  if (source !== bytes) use(source)
  at = start
  end = stop
  top = 0
  const value = readValue(0)
  if (at !== end) throw new TocsinError('TCN_BODY_TRAILING')
  // References left in the stack and state stay alive until they are overwritten; they are too few to be
  // worth clearing.
  if (end - start > MAX_HELD) stack.fill(undefined)
  if (source.length > MAX_HELD_MEMORY) use(nothing)
  return value
}

function use(source: Uint8Array): void {
  bytes = source
  view = new DataView(source.buffer, source.byteOffset, source.length)
}

const nothing = new Uint8Array(0)
const MAX_HELD = 4096
const MAX_HELD_MEMORY = 1024 * 1024

// Decoding runs no foreign code, so one state is enough.
let bytes: Uint8Array = nothing
let view: DataView = new DataView(nothing.buffer)
let at = 0
let end = 0
const cache = new TextCache()
const stack: unknown[] = []
let top = 0

function readValue(depth: number): unknown {
  if (at >= end) throw broken()
  const lead = bytes[at++]
  if (lead < 0x80) return lead
  if (lead >= 0xa0 && lead < 0xc0) return readString(lead & 0x1f)
  return readOther(lead, depth)
}

function readOther(lead: number, depth: number): unknown {
  if (lead >= 0xe0) return lead - 0x100
  if (lead < 0x90) return readMap(lead & 0x0f, depth)
  if (lead < 0xa0) return readArray(lead & 0x0f, depth)
  switch (lead) {
    case 0xc0:
      return null
    case 0xc2:
      return false
    case 0xc3:
      return true
    case 0xc4:
      return readBin(readCount(1))
    case 0xc5:
      return readBin(readCount(2))
    case 0xc6:
      return readBin(readCount(4))
    case 0xc7:
      return readExt(readCount(1), depth)
    case 0xc8:
      return readExt(readCount(2), depth)
    case 0xc9:
      return readExt(readCount(4), depth)
    case 0xca:
      return readFloat32()
    case 0xcb:
      return readFloat64()
    case 0xcc:
      return readCount(1)
    case 0xcd:
      return readCount(2)
    case 0xce:
      return readCount(4)
    case 0xcf:
      return joined(readCount(4), readCount(4))
    case 0xd0:
      return (readCount(1) << 24) >> 24
    case 0xd1:
      return (readCount(2) << 16) >> 16
    case 0xd2:
      return readCount(4) | 0
    case 0xd3:
      return joined(readCount(4) | 0, readCount(4))
    case 0xd4:
      return readExt(1, depth)
    case 0xd5:
      return readExt(2, depth)
    case 0xd6:
      return readExt(4, depth)
    case 0xd7:
      return readExt(8, depth)
    case 0xd8:
      return readExt(16, depth)
    case 0xd9:
      return readString(readCount(1))
    case 0xda:
      return readString(readCount(2))
    case 0xdb:
      return readString(readCount(4))
    case 0xdc:
      return readArray(readCount(2), depth)
    case 0xdd:
      return readArray(readCount(4), depth)
    case 0xde:
      return readMap(readCount(2), depth)
    case 0xdf:
      return readMap(readCount(4), depth)
    default:
      throw broken()
  }
}

function readCount(wide: number): number {
  const from = at
  at += wide
  if (at > end) throw broken()
  return readLength(bytes, from, wide)
}

function joined(upper: number, lower: number): number | bigint {
  const value = upper * 0x1_0000_0000 + lower
  return Number.isSafeInteger(value) ? value : (BigInt(upper) << 32n) | BigInt(lower)
}

function readString(length: number): string {
  const from = at
  at += length
  if (at > end) throw broken()
  if (length < MIN_CACHED_LENGTH || length > MAX_CACHED_LENGTH) return readText(bytes, from, at)
  return cache.read(bytes, view, from, length)
}

function readBin(length: number): Uint8Array {
  const from = at
  at += length
  if (at > end) throw broken()
  return new Uint8Array(bytes.subarray(from, at))
}

function readFloat32(): number {
  scratch.setUint32(0, readCount(4))
  return scratch.getFloat32(0)
}

function readFloat64(): number {
  scratch.setUint32(0, readCount(4))
  scratch.setUint32(4, readCount(4))
  return scratch.getFloat64(0)
}

const scratch = new DataView(new ArrayBuffer(8))

function readArray(count: number, depth: number): unknown[] {
  if (count > end - at) throw broken()
  if (depth >= MAX_BODY_DEPTH) throw new TocsinError('TCN_BODY_DEPTH')
  const values: unknown[] = []
  for (let index = 0; index < count; index++) values.push(readValue(depth + 1))
  return values
}

function broken(): TocsinError {
  return new TocsinError('TCN_BODY_INVALID')
}

function readExt(length: number, depth: number): unknown {
  const from = at + 1
  at = from + length
  if (at > end) throw broken()
  const type = (bytes[from - 1] << 24) >> 24
  return known(type, from, at, depth) ?? new Ext(type, new Uint8Array(bytes.subarray(from, at)))
}

function known(type: number, from: number, stop: number, depth: number): unknown {
  if (type === TIME_EXT) return readTime(from, stop - from)
  if (type === SALT_DATETIME_EXT) return readSaltDatetime(from, stop)
  if (type === SALT_CONSTANT_EXT) return readSaltConstant(from, stop, depth)
  return undefined
}

function readTime(from: number, length: number): Date | undefined {
  const first = readLength(bytes, from, 4)
  if (length === 4) return timeOf(first, 0)
  const second = readLength(bytes, from + 4, 4)
  if (length === 8) return within(first >>> 2, (first & 3) * 2 ** 32 + second)
  if (length !== 12) return undefined
  return within(first, Number(joined(second | 0, readLength(bytes, from + 8, 4))))
}

function within(nanoseconds: number, seconds: number): Date | undefined {
  return nanoseconds < 1e9 ? timeOf(seconds, nanoseconds) : undefined
}

/** A time such as `20240102T03:04:05.000006`, in UTC. */
const saltDatetime = /^(\d{4})(\d\d)(\d\d)(T\d\d:\d\d:\d\d(?:\.\d{1,6})?)$/

function readSaltDatetime(from: number, stop: number): Date | undefined {
  const match = stop - from < 32 ? saltDatetime.exec(readText(bytes, from, stop)) : null
  const micros = match === null ? undefined : parseTime(`${match[1]}-${match[2]}-${match[3]}${match[4]}Z`)
  if (micros === undefined) return undefined
  const seconds = Math.floor(micros / 1e6)
  return timeOf(seconds, (micros - seconds * 1e6) * 1000)
}

function readSaltConstant(from: number, stop: number, depth: number): SaltConstant | undefined {
  const outerEnd = end
  const outerTop = top
  at = from
  end = stop
  try {
    const pair = readValue(depth + 1)
    if (at === stop && Array.isArray(pair) && pair.length === 2 && typeof pair[0] === 'string') {
      return new SaltConstant(pair[0], pair[1])
    }
    return undefined
  } catch (error) {
    if (!TocsinError.is(error)) throw error
    return undefined
  } finally {
    at = stop
    end = outerEnd
    top = outerTop
  }
}

function readMap(size: number, depth: number): unknown {
  if (size * 2 > end - at) throw broken()
  if (depth >= MAX_BODY_DEPTH) throw new TocsinError('TCN_BODY_DEPTH')
  if (size === 0) return {}
  const from = top
  let last: KeyNode | undefined
  let node = size < roots.length ? roots[size] : undefined
  for (let count = 1; ; count++) {
    while (node !== undefined && !isNext(node)) node = node.sibling
    if (node === undefined) return readUnforeseen(size, count - 1, from, last, depth)
    at += node.raw.length
    stack[top++] = readValue(depth + 1)
    if (count === size) break
    last = node
    node = node.next
  }
  const value = (node.build as BuildMap)(stack, from)
  top = from
  return value
}

/** Returns whether the next bytes are the key of the node. */
function isNext(node: KeyNode): boolean {
  const words = node.words
  const last = words.length - 1
  if (at + last * 4 + 4 > view.byteLength) return isNextAtEnd(node.raw)
  for (let index = 0; index < last; index++)
    if (view.getInt32(at + index * 4, true) !== words[index]) return false
  return (view.getInt32(at + last * 4, true) & node.mask) === words[last] && at + node.raw.length <= end
}

/** The same comparison near the end of the memory, where reading four bytes at a time is impossible. */
function isNextAtEnd(raw: Uint8Array): boolean {
  if (at + raw.length > end) return false
  for (let index = 0; index < raw.length; index++) if (bytes[at + index] !== raw[index]) return false
  return true
}

/** Continues a map whose first `foreseen` values are on the stack and whose next key was not predicted. */
function readUnforeseen(
  size: number,
  foreseen: number,
  from: number,
  last: KeyNode | undefined,
  depth: number,
) {
  const keys: unknown[] = []
  for (let node = last; node !== undefined; node = node.before) keys.unshift(node.key)
  const values = stack.slice(from, from + foreseen)
  top = from
  let textOnly = true
  for (let count = foreseen; count < size; count++) {
    textOnly &&= at < end && isText(bytes[at])
    keys.push(readValue(depth + 1))
    values.push(readValue(depth + 1))
  }
  if (!textOnly) return new Map(keys.map((key, index) => [key, values[index]]))
  learn(keys as string[])
  return assemble(keys as string[], values, 0)
}

function isText(lead: number): boolean {
  return lead >> 5 === 0b101 || (lead >= 0xd9 && lead <= 0xdb)
}
