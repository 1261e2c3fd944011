import { TocsinError } from '../../errors/tocsin-error.js'
import { ESCAPES, HEX, isInNumber, isSurrogate } from '../json/characters.js'
import { exactNumber, isSpace } from '../json/parse.js'
import { halfOfPair, MAX_JSON_DEPTH, repeatedKey } from '../json/strict.js'
import { decodeUtf8, writeUtf8 } from '../utf8.js'
import { Encoder, SPARE_BYTES } from './encoder.js'
import { HASHED_BYTES, KeyTable } from './key-table.js'

/** Bytes of JSON that one step transcodes; takes less than a millisecond. */
export const STEP_BYTES = 16 * 1024
/** A step writes less than this: at worst, `0.1,` becomes nine bytes. */
const STEP_ROOM = 3 * STEP_BYTES + 1024 + SPARE_BYTES
/** Enough for any text, so that its msgpack is moved only once: at worst, four bytes become nine. */
const GROWTH = 2.5
/** The most that may be left unused before a value. */
export const MAX_ROOM = 16 * 1024

/** The kind of token that is expected next in the text. */
const Next = {
  value: 0,
  /** A value, or the end of the list that has just begun. */
  firstItem: 1,
  key: 2,
  /** A key, or the end of the map that has just begun. */
  firstKey: 3,
  /** The rest of a text. */
  text: 4,
  /** The rest of a text that is a key. */
  keyText: 5,
  /** Nothing, until the long key has been hashed. */
  keyHash: 6,
  colon: 7,
  /** A comma, or the end of the container. */
  comma: 8,
} as const
type Next = (typeof Next)[keyof typeof Next]

/**
 * Transcodes JSON of any kind and size to msgpack, in steps of bounded work and without objects. Accepts and refuses
 * the same as `parseStrictJson`, and writes maps in the order of the text.
 *
 * A value begins where the last one ended, and `step` is called until it is complete. Throws TCN_HTTP_JSON and
 * TCN_BODY_DEPTH.
 */
export class SteppedTranscoder {
  readonly #json: Uint8Array
  readonly #keys: KeyTable
  readonly #encoder = new Encoder()
  #at = 0
  #bytes: Uint8Array<ArrayBuffer>
  #view: DataView
  #out = 0
  #next: Next = Next.value
  /** The offset in the JSON at which the step ends. */
  #stop = 0
  /** Where the text being written begins, header included. */
  #text = 0
  #depth = 0
  #deepest = 0
  /** For each open container: the offset of its header, its members so far, and its number if it is a map, else 0. */
  readonly #heads = new Int32Array(MAX_JSON_DEPTH)
  readonly #counts = new Int32Array(MAX_JSON_DEPTH)
  readonly #maps = new Int32Array(MAX_JSON_DEPTH)
  #mapsBegun = 0

  /** The JSON is valid UTF-8. `secret`: eight random bytes. */
  constructor(json: Uint8Array, secret: Uint8Array) {
    this.#json = json
    this.#keys = new KeyTable(json.length, secret)
    this.#bytes = new Uint8Array(json.length + MAX_ROOM + STEP_ROOM)
    this.#view = new DataView(this.#bytes.buffer)
  }

  /** The offset in the JSON after what has been read. */
  get at(): number {
    return this.#at
  }

  /** The offset after the msgpack written so far. */
  get written(): number {
    return this.#out
  }

  /** Levels of the deepest container of the last value. */
  get deepest(): number {
    return this.#deepest
  }

  /** The msgpack of values that were written between two values of `written`. Not valid after further steps. */
  bytes(start: number, end: number): Uint8Array {
    return this.#bytes.subarray(start, end)
  }

  /** Leaves some memory before the next value unused, at most MAX_ROOM bytes. */
  leaveRoom(bytes: number): void {
    this.#out += bytes
  }

  /** Moves the last value, from `start` on, into the room before it. */
  fillRoom(start: number, bytes: number): void {
    this.#bytes.copyWithin(start - bytes, start, this.#out)
    this.#out -= bytes
  }

  /** Transcodes a little more. Returns true when the value is complete. */
  step(): boolean {
    this.#reserve()
    if (this.#depth === 0 && this.#next === Next.value) this.#deepest = 0
    this.#stop = this.#at + STEP_BYTES
    do {
      if (this.#next === Next.text || this.#next === Next.keyText) this.#copyText()
      else if (this.#next === Next.keyHash) this.#hashKey()
      else this.#token()
      if (this.#next === Next.comma && this.#depth === 0) {
        this.#next = Next.value
        return true
      }
    } while (this.#at < this.#stop)
    return false
  }

  /** Skips white space between values. Returns false after one step, since more may follow. */
  skipSpaces(): boolean {
    const stop = this.#at + STEP_BYTES
    while (isSpace(this.#json[this.#at])) if (++this.#at === stop) return false
    return true
  }

  /** The next byte between values; undefined at the end. */
  peek(): number | undefined {
    return this.#json[this.#at]
  }

  /** Skips the byte that `peek` has returned. */
  skip(): void {
    this.#at++
  }

  fault(): TocsinError {
    const what = this.#at >= this.#json.length ? 'the text ends too early' : 'unexpected character'
    return new TocsinError('TCN_HTTP_JSON', `${what} at byte ${Math.min(this.#at, this.#json.length)}`)
  }

  #token(): void {
    const json = this.#json
    while (isSpace(json[this.#at])) if (++this.#at >= this.#stop) return
    const code = json[this.#at]
    const next = this.#next
    if (next === Next.comma) this.#afterValue(code)
    else if (next === Next.colon) this.#colon(code)
    else if (next === Next.key) this.#key(code)
    else if (next === Next.firstKey && code !== CLOSE_MAP) this.#key(code)
    else if (next === Next.firstKey || (next === Next.firstItem && code === CLOSE_LIST)) this.#close()
    else this.#value(code)
  }

  #key(code: number): void {
    if (code !== QUOTE) throw this.fault()
    this.#beginText(Next.keyText)
  }

  #colon(code: number): void {
    if (code !== COLON) throw this.fault()
    this.#at++
    this.#next = Next.value
  }

  #value(code: number): void {
    if (this.#depth > 0 && this.#maps[this.#depth - 1] === 0) this.#counts[this.#depth - 1]++
    this.#next = Next.comma
    if (code === QUOTE) this.#beginText(Next.text)
    else if (code === 0x7b) this.#open(++this.#mapsBegun, Next.firstKey)
    else if (code === 0x5b) this.#open(0, Next.firstItem)
    else if (code === 0x74) this.#word('true', 0xc3)
    else if (code === 0x66) this.#word('false', 0xc2)
    else if (code === 0x6e) this.#word('null', 0xc0)
    else this.#number()
  }

  #afterValue(code: number): void {
    const map = this.#maps[this.#depth - 1]
    if (code === COMMA) {
      this.#at++
      this.#next = map === 0 ? Next.value : Next.key
    } else if (code === (map === 0 ? CLOSE_LIST : CLOSE_MAP)) this.#close()
    else throw this.fault()
  }

  #open(map: number, next: Next): void {
    const depth = this.#depth++
    if (depth === MAX_JSON_DEPTH)
      throw new TocsinError('TCN_BODY_DEPTH', `the JSON is nested deeper than ${MAX_JSON_DEPTH} levels`)
    if (this.#depth > this.#deepest) this.#deepest = this.#depth
    this.#at++
    this.#heads[depth] = this.#out++
    this.#counts[depth] = 0
    this.#maps[depth] = map
    this.#next = next
  }

  #close(): void {
    const depth = --this.#depth
    const count = this.#counts[depth]
    const isMap = this.#maps[depth] !== 0
    if (isMap) this.#keys.close(count)
    this.#at++
    this.#next = Next.comma
    const head = this.#heads[depth]
    if (count < 16) {
      this.#bytes[head] = (isMap ? 0x80 : 0x90) | count
      return
    }
    const isWide = count >= 0x1_0000
    this.#widen(head, isWide ? 4 : 2)
    this.#bytes[head] = (isMap ? 0xde : 0xdc) + Number(isWide)
    if (isWide) this.#view.setUint32(head + 1, count)
    else this.#view.setUint16(head + 1, count)
  }

  /** Moves everything after the first byte of a header, and shortens the step accordingly. */
  #widen(head: number, more: number): void {
    this.#bytes.copyWithin(head + 1 + more, head + 1, this.#out)
    this.#stop -= (this.#out - head) >> MOVED_BYTES_SHIFT
    this.#out += more
  }

  #beginText(next: Next): void {
    this.#at++
    this.#text = this.#out++
    this.#next = next
    this.#copyText()
  }

  #copyText(): void {
    const json = this.#json
    const bytes = this.#bytes
    const stop = Math.min(this.#stop, json.length)
    let out = this.#out
    let at = this.#at
    let code = 0
    for (; at < stop; at++) {
      code = json[at]
      if (code === QUOTE || code === BACKSLASH || code < 0x20) break
      bytes[out++] = code
    }
    this.#out = out
    this.#at = at
    if (at < stop) {
      if (code === QUOTE) this.#endText()
      else if (code === BACKSLASH) this.#escape()
      else throw this.fault()
    } else if (at >= json.length) throw this.fault()
  }

  #endText(): void {
    this.#at++
    const head = this.#text
    const size = this.#out - head - 1
    if (size < 32) this.#bytes[head] = 0xa0 | size
    else if (size < 0x100) {
      this.#widen(head, 1)
      this.#bytes[head] = 0xd9
      this.#bytes[head + 1] = size
    } else if (size < 0x1_0000) {
      this.#widen(head, 2)
      this.#bytes[head] = 0xda
      this.#view.setUint16(head + 1, size)
    } else {
      this.#widen(head, 4)
      this.#bytes[head] = 0xdb
      this.#view.setUint32(head + 1, size)
    }
    if (this.#next === Next.keyText) this.#endKey(head)
    else this.#next = Next.comma
  }

  #endKey(start: number): void {
    if (this.#out - start > HASHED_BYTES) this.#next = Next.keyHash
    else this.#addKey(start)
  }

  /** A part of a long key is a step of its own. */
  #hashKey(): void {
    this.#stop = this.#at
    const map = this.#maps[this.#depth - 1]
    if (this.#keys.prepare(map, this.#view, this.#text, this.#out)) this.#addKey(this.#text)
  }

  #addKey(start: number): void {
    const depth = this.#depth - 1
    const count = this.#counts[depth]++
    this.#next = Next.colon
    if (this.#keys.add(this.#maps[depth], count, this.#view, start, this.#out)) return
    const lead = this.#bytes[start]
    const from = start + 1 + (lead < 0xd9 ? 0 : 1 << (lead - 0xd9))
    const key = decodeUtf8(this.#bytes, from, Math.min(this.#out, from + 80))
    throw repeatedKey(key)
  }

  #escape(): void {
    const code = this.#json[this.#at + 1]
    if (code !== 0x75) {
      const plain = ESCAPES[code]
      if (plain === undefined) throw this.fault()
      this.#bytes[this.#out++] = plain
      this.#at += 2
      return
    }
    let point = this.#hex(this.#at + 2)
    this.#at += 6
    if (
      (point & 0xfc00) === 0xd800 &&
      this.#json[this.#at] === BACKSLASH &&
      this.#json[this.#at + 1] === 0x75
    ) {
      const low = this.#hex(this.#at + 2)
      if ((low & 0xfc00) === 0xdc00) {
        point = 0x1_0000 + ((point & 0x3ff) << 10) + (low & 0x3ff)
        this.#at += 6
      }
    }
    if (isSurrogate(point)) throw halfOfPair()
    this.#out = writeUtf8(point, this.#bytes, this.#out)
  }

  #hex(start: number): number {
    let value = 0
    for (let at = start; at < start + 4; at++) {
      const digit = HEX.indexOf(String.fromCharCode(this.#json[at]).toLowerCase())
      if (digit < 0) throw this.fault()
      value = value * 16 + digit
    }
    return value
  }

  #number(): void {
    const json = this.#json
    const start = this.#at
    let end = start
    while (isInNumber(json[end]) && end - start <= MAX_NUMBER_LENGTH) end++
    if (end === start) throw this.fault()
    if (end - start > MAX_NUMBER_LENGTH)
      throw new TocsinError('TCN_HTTP_JSON', `a number has more than ${MAX_NUMBER_LENGTH} characters`)
    const value = this.#numberOf(start, end)
    if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY)
      throw new TocsinError('TCN_HTTP_JSON', 'a number is too large')
    this.#at = end
    this.#out = this.#encoder.encodeInto(value, this.#bytes, this.#out)
  }

  #numberOf(start: number, end: number): unknown {
    const json = this.#json
    if (end - start < 10 && (json[start] > 0x30 || end - start === 1)) {
      let value = 0
      let at = start
      for (; at < end && json[at] >= 0x30 && json[at] <= 0x39; at++) value = value * 10 + json[at] - 0x30
      if (at === end) return value
    }
    try {
      return exactNumber(decodeUtf8(json, start, end))
    } catch {
      throw this.fault()
    }
  }

  #word(word: string, byte: number): void {
    for (let index = 0; index < word.length; index++)
      if (this.#json[this.#at + index] !== word.charCodeAt(index)) throw this.fault()
    this.#bytes[this.#out++] = byte
    this.#at += word.length
  }

  /** Makes room for what one step may write. */
  #reserve(): void {
    if (this.#out + STEP_ROOM <= this.#bytes.length) return
    const larger = new Uint8Array(this.#bytes.length * GROWTH)
    larger.set(this.#bytes.subarray(0, this.#out))
    this.#bytes = larger
    this.#view = new DataView(larger.buffer)
  }
}

/** Moving a byte is so much faster than transcoding one (a power of two). */
const MOVED_BYTES_SHIFT = 5
const MAX_NUMBER_LENGTH = 1024
const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c
const CLOSE_LIST = 0x5d
const CLOSE_MAP = 0x7d
