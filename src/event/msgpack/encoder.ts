import { TocsinError } from '../../errors/tocsin-error.js'
import { MAX_BODY_DEPTH, MAX_FRAME_BYTES } from '../frame.js'
import { utf8Length } from '../utf8.js'
import { addSibling, type KeyNode } from './key-tree.js'
import type { RepeatedText } from './repeated-text.js'
import { writeTime } from './time-ext.js'
import { Encoded, Ext, SALT_CONSTANT_EXT, SaltConstant } from './values.js'

/** Free bytes that must follow a value in memory for it to be encoded. */
export const SPARE_BYTES = 128

type Fields = Record<string, unknown>

/**
 * Encodes values as msgpack, each with the shortest possible header.
 *
 * Properties with the value undefined are left out, and undefined elsewhere becomes nil. Whole numbers up to
 * 2^53 and bigints of up to 64 bits become integers, all other numbers float 64. Uint8Array, ArrayBuffer and
 * DataView become bin, Set and other typed arrays arrays, and a Map a map with keys of any kind. Date becomes
 * ext -1, an invalid one nil. An object with `toJSON` is replaced by the result of that. Functions, symbols
 * and larger bigints throw TCN_BODY_UNSUPPORTED; more than 512 levels, and thus cycles, throw TCN_BODY_DEPTH.
 *
 * @example
 * const memory = new Uint8Array(4096)
 * const end = new Encoder().encodeInto({ a: 1 }, memory, 0)
 * memory.subarray(0, end) // Uint8Array [0x81, 0xa1, 0x61, 0x01]
 */
export class Encoder {
  #bytes = nothing
  #view = new DataView(nothing.buffer)
  #end = 0
  #busy = false
  readonly #roots = new Map<string, KeyNode>()
  #lastRoot: KeyNode | undefined
  /** Keys offered to the tree since it was last empty, whether it took them or not. */
  #offered = 0
  /** The number of keys that the value being encoded may still add to the tree. */
  #mayLearn = 0

  /**
   * Writes the value at `at` and returns the offset after it, or -1 if it does not fit. SPARE_BYTES of memory
   * are needed after the value; the bytes after the returned offset are undefined.
   */
  encodeInto(value: unknown, bytes: Uint8Array<ArrayBuffer>, at: number): number {
    // A getter or a toJSON of the value may call this method again.
    if (this.#busy) return new Encoder().encodeInto(value, bytes, at)
    if (bytes !== this.#bytes) {
      this.#bytes = bytes
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
      this.#end = bytes.length - SPARE_BYTES
    }
    this.#busy = true
    this.#mayLearn = MAX_LEARNED_OF_VALUE
    try {
      return this.#value(value, at, 0)
    } catch (error) {
      if (error !== NO_ROOM) throw error
      return -1
    } finally {
      this.#busy = false
    }
  }

  #value(value: unknown, at: number, depth: number): number {
    if (at > this.#end) throw NO_ROOM
    switch (typeof value) {
      case 'string':
        return this.#text(value, at)
      case 'number':
        return (value | 0) === value ? this.#int32(value, at) : this.#number(value, at)
      case 'boolean':
        return this.#byte(value ? 0xc3 : 0xc2, at)
      case 'object':
        return value === null ? this.#byte(0xc0, at) : this.#object(value, at, depth)
      case 'bigint':
        return this.#bigint(value, at)
      case 'undefined':
        return this.#byte(0xc0, at)
      default:
        throw new TocsinError('TCN_BODY_UNSUPPORTED', `a ${typeof value} cannot be part of a body`)
    }
  }

  #byte(byte: number, at: number): number {
    this.#bytes[at] = byte
    return at + 1
  }

  #object(value: object, at: number, depth: number): number {
    const prototype = Object.getPrototypeOf(value)
    if (prototype === Object.prototype || prototype === null) return this.#map(value as Fields, at, depth)
    if (Array.isArray(value)) return this.#array(value, at, depth)
    if (value instanceof Uint8Array) return this.#bin(value, at)
    return this.#other(value, at, depth)
  }

  #other(value: object, at: number, depth: number): number {
    if (value instanceof Date) return writeTime(value, this.#view, at)
    if (value instanceof Encoded) return this.#raw(value.bytes, at)
    if (value instanceof Ext) return this.#ext(value.ext, value.bytes, at)
    if (value instanceof SaltConstant)
      return this.#ext(SALT_CONSTANT_EXT, encode([value.name, value.value]), at)
    // A Number object is always a float, even without a fraction (PythonFloat).
    if (value instanceof Number) return this.#float(value.valueOf(), at)
    if (value instanceof Map) return this.#entries(value, at, depth)
    if (value instanceof Set) return this.#array([...value], at, depth)
    if (value instanceof ArrayBuffer) return this.#bin(new Uint8Array(value), at)
    if (value instanceof DataView)
      return this.#bin(new Uint8Array(value.buffer, value.byteOffset, value.byteLength), at)
    if (ArrayBuffer.isView(value)) return this.#array(Array.from(value as unknown as unknown[]), at, depth)
    if (depth >= MAX_BODY_DEPTH) throw tooDeep()
    if ('toJSON' in value && typeof value.toJSON === 'function')
      return this.#value(value.toJSON(), at, depth + 1)
    return this.#map({ ...value } as Fields, at, depth)
  }

  #map(fields: Fields, at: number, depth: number): number {
    if (depth >= MAX_BODY_DEPTH) throw tooDeep()
    let count = 0
    let next = at + 1
    let node: KeyNode | undefined
    for (const key in fields) {
      const value = fields[key]
      if (value === undefined) continue
      node = this.#guess(node, key, count === 0)
      next = node === undefined ? this.#text(key, next) : this.#words(node.words, node.raw.length, next)
      next =
        typeof value === 'string' && node !== undefined && node.repeated.hopeful
          ? this.#repeated(node.repeated, value, next)
          : this.#value(value, next, depth + 1)
      count++
    }
    return this.#closeMap(at, next, count)
  }

  /** The properties are counted only at the end; most maps have fewer than 16 and a header of one byte. */
  #closeMap(at: number, end: number, count: number): number {
    if (count < 16) {
      this.#bytes[at] = 0x80 | count
      return end
    }
    const more = count < 0x1_0000 ? 2 : 4
    if (end + more > this.#end) throw NO_ROOM
    this.#bytes.copyWithin(at + 1 + more, at + 1, end)
    this.#count(count, 0x80, 0xde, at)
    return end + more
  }

  /** The node of the key that follows `before`; undefined if the key is not to be learned. */
  #guess(before: KeyNode | undefined, key: string, first: boolean): KeyNode | undefined {
    if (before === undefined) return first ? this.#root(key) : undefined
    for (let node = before.next; node !== undefined; node = node.sibling) if (node.key === key) return node
    return this.#learn(before, key)
  }

  #root(key: string): KeyNode | undefined {
    if (this.#lastRoot?.key === key) return this.#lastRoot
    const node = this.#roots.get(key) ?? this.#learn(undefined, key)
    if (node !== undefined) this.#lastRoot = node
    return node
  }

  #learn(before: KeyNode | undefined, key: string): KeyNode | undefined {
    if (this.#mayLearn === 0 || !this.#hasRoom()) return undefined
    this.#mayLearn--
    const node = addSibling(before?.next, key, before)
    if (node === undefined) return undefined
    if (before === undefined) this.#roots.set(key, node)
    else before.next ??= node
    return node
  }

  /** Returns whether the tree takes another key. A full tree is only emptied after many keys that it did not know. */
  #hasRoom(): boolean {
    if (++this.#offered <= MAX_LEARNED) return true
    if (this.#offered < FORGET_AFTER) return false
    this.#roots.clear()
    this.#lastRoot = undefined
    this.#offered = 1
    return true
  }

  #words(words: readonly number[], length: number, at: number): number {
    for (let index = 0; index < words.length; index++) this.#view.setInt32(at + index * 4, words[index], true)
    return at + length
  }

  #repeated(repeated: RepeatedText, text: string, at: number): number {
    if (!repeated.is(text)) {
      const end = this.#text(text, at)
      repeated.sees(text, this.#bytes, at, end)
      return end
    }
    if (at + repeated.bytes > this.#end) throw NO_ROOM
    return this.#words(repeated.words, repeated.bytes, at)
  }

  #entries(map: Map<unknown, unknown>, at: number, depth: number): number {
    if (depth >= MAX_BODY_DEPTH) throw tooDeep()
    let next = this.#count(map.size, 0x80, 0xde, at)
    for (const [key, value] of map) {
      next = this.#value(key, next, depth + 1)
      next = this.#value(value, next, depth + 1)
    }
    return next
  }

  #array(values: readonly unknown[], at: number, depth: number): number {
    if (depth >= MAX_BODY_DEPTH) throw tooDeep()
    let next = this.#count(values.length, 0x90, 0xdc, at)
    for (let index = 0; index < values.length; index++) next = this.#value(values[index], next, depth + 1)
    return next
  }

  /** Writes the header of a container, with the count in the lead byte or in the 16 or 32 bits after it. */
  #count(count: number, fixed: number, wide: number, at: number): number {
    if (count < 16) return this.#byte(fixed | count, at)
    return count < 0x1_0000 ? this.#byteAndU16(wide, count, at) : this.#byteAndU32(wide + 1, count, at)
  }

  #byteAndU8(byte: number, value: number, at: number): number {
    this.#bytes[at] = byte
    this.#bytes[at + 1] = value
    return at + 2
  }

  #byteAndU16(byte: number, value: number, at: number): number {
    this.#bytes[at] = byte
    this.#view.setUint16(at + 1, value)
    return at + 3
  }

  #byteAndU32(byte: number, value: number, at: number): number {
    this.#bytes[at] = byte
    this.#view.setUint32(at + 1, value)
    return at + 5
  }

  #int32(value: number, at: number): number {
    if (value >= 0) {
      if (value < 0x80) return this.#byte(value, at)
      if (value < 0x100) return this.#byteAndU8(0xcc, value, at)
      return value < 0x1_0000 ? this.#byteAndU16(0xcd, value, at) : this.#byteAndU32(0xce, value, at)
    }
    if (value >= -0x20) return this.#byte(value, at)
    if (value >= -0x80) return this.#byteAndU8(0xd0, value, at)
    return value >= -0x8000 ? this.#byteAndU16(0xd1, value, at) : this.#byteAndU32(0xd2, value, at)
  }

  #float(value: number, at: number): number {
    this.#bytes[at] = 0xcb
    this.#view.setFloat64(at + 1, value)
    return at + 9
  }

  /** Writes a number that is not an int32. */
  #number(value: number, at: number): number {
    if (!Number.isSafeInteger(value)) return this.#float(value, at)
    if (value > 0 && value <= 0xffff_ffff) return this.#byteAndU32(0xce, value, at)
    const upper = Math.floor(value / 0x1_0000_0000)
    this.#byteAndU32(value > 0 ? 0xcf : 0xd3, upper, at)
    this.#view.setUint32(at + 5, value - upper * 0x1_0000_0000)
    return at + 9
  }

  #bigint(value: bigint, at: number): number {
    const number = Number(value)
    if (Number.isSafeInteger(number)) return this.#value(number, at, 0)
    const signed = value < 0n
    if (value !== (signed ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value))) {
      throw new TocsinError(
        'TCN_BODY_UNSUPPORTED',
        'an integer of more than 64 bits cannot be part of a body',
      )
    }
    this.#bytes[at] = signed ? 0xd3 : 0xcf
    this.#view.setBigUint64(at + 1, BigInt.asUintN(64, value))
    return at + 9
  }

  #text(text: string, at: number): number {
    const length = text.length
    if (length > MAX_LOOP) return this.#wideText(text, at)
    // A character takes at most three bytes; the exact length matters only if that is too much.
    if (at + length * 3 > this.#end && at + utf8Length(text) > this.#end) throw NO_ROOM
    const bytes = this.#bytes
    const start = length < 32 ? at + 1 : at + 2
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index)
      if (code >= 0x80) return this.#wideText(text, at)
      bytes[start + index] = code
    }
    this.#textHead(length, at)
    return start + length
  }

  #wideText(text: string, at: number): number {
    const guess = at + textHeadBytes(text.length)
    const { read, written: size } = utf8.encodeInto(text, this.#bytes.subarray(guess))
    if (read < text.length || at + size > this.#end) throw NO_ROOM
    const start = at + textHeadBytes(size)
    if (start !== guess) this.#bytes.copyWithin(start, guess, guess + size)
    this.#textHead(size, at)
    return start + size
  }

  #textHead(size: number, at: number): number {
    return size < 32 ? this.#byte(0xa0 | size, at) : this.#sizeHead(0xd9, size, at)
  }

  #bin(content: Uint8Array, at: number): number {
    return this.#raw(content, this.#sizeHead(0xc4, content.length, at))
  }

  /** `format`: the first byte of a size of 8 bits; those of 16 and 32 bits follow it. */
  #sizeHead(format: number, size: number, at: number): number {
    if (size < 0x100) return this.#byteAndU8(format, size, at)
    return size < 0x1_0000 ? this.#byteAndU16(format + 1, size, at) : this.#byteAndU32(format + 2, size, at)
  }

  #raw(content: Uint8Array, at: number): number {
    if (at + content.length > this.#end) throw NO_ROOM
    this.#bytes.set(content, at)
    return at + content.length
  }

  #ext(type: number, content: Uint8Array, at: number): number {
    const size = content.length
    const typeAt = FIXED_EXT_SIZES.includes(size)
      ? this.#byte(0xd4 + FIXED_EXT_SIZES.indexOf(size), at)
      : this.#sizeHead(0xc7, size, at)
    this.#bytes[typeAt] = type
    return this.#raw(content, typeAt + 1)
  }
}

/**
 * Encodes a value in its own memory, with the rules of `Encoder`. At most 64 MiB.
 *
 * @example
 * encode({ a: 1 }) // Uint8Array [0x81, 0xa1, 0x61, 0x01]
 */
export function encode(value: unknown): Uint8Array<ArrayBuffer> {
  return withEncoded(value, (memory, end) => memory.slice(0, end))
}

/** Bytes of the value as msgpack. Up to `KEPT_BYTES`, it takes no new memory. */
export function encodedLength(value: unknown): number {
  return withEncoded(value, (_, end) => end)
}

/** Gives the bytes of the value up to `end`, in memory in which the next value is written. */
export function withEncoded<T>(value: unknown, use: (memory: Uint8Array<ArrayBuffer>, end: number) => T): T {
  let memory = spare ?? new Uint8Array(SCRATCH_BYTES)
  spare = undefined
  try {
    for (;;) {
      const end = encoder.encodeInto(value, memory, 0)
      if (end >= 0) return use(memory, end)
      if (memory.length === MAX_BYTES)
        throw new TocsinError('TCN_FRAME_TOO_LARGE', 'the value is larger than 64 MiB')
      memory = new Uint8Array(Math.min(memory.length * 4, MAX_BYTES))
    }
  } finally {
    if (memory.length <= KEPT_BYTES) spare = memory
  }
}

function textHeadBytes(size: number): number {
  if (size < 32) return 1
  if (size < 0x100) return 2
  return size < 0x1_0000 ? 3 : 5
}

function tooDeep(): TocsinError {
  return new TocsinError('TCN_BODY_DEPTH')
}

const nothing = new Uint8Array(0)
const NO_ROOM = Symbol('no room')
/** Learning a key costs more than encoding it, so a map with very many keys must not be learned as a whole. */
const MAX_LEARNED_OF_VALUE = 64
const MAX_LEARNED = 4096
/** All are forgotten some time after the tree is full, so that keys that are data do not block it for good. */
const FORGET_AFTER = 16 * MAX_LEARNED
/** Above this length, the platform's encoder is faster than a loop. */
const MAX_LOOP = 40
const SCRATCH_BYTES = 16 * 1024
/** Memory of up to this size is kept for the next value. */
const KEPT_BYTES = 256 * 1024
const MAX_BYTES = MAX_FRAME_BYTES + SPARE_BYTES
const FIXED_EXT_SIZES = [1, 2, 4, 8, 16]
const utf8 = new TextEncoder()
const encoder = new Encoder()
let spare: Uint8Array<ArrayBuffer> | undefined
