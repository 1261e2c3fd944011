import { type JsonKeyNode, learnKey, MAX_LEARNED_KEY, noKey } from './json-keys.js'
import { specialBits, viewOf } from './words.js'

/** The memory is too small for the value. */
export const FULL = -1
/** The value is left to JSON.parse and the encoder, which also report its faults. */
export const LEFT = -2

/**
 * Transcodes common JSON to msgpack directly from its bytes, without objects: text without escapes, short
 * maps and lists, and no repeated key. Everything else is left to JSON.parse and the encoder, which write the
 * same bytes.
 *
 * Every step begins at an offset in the JSON, and returns the offset after it, LEFT or FULL.
 */
export class JsonTranscoder {
  #json: Uint8Array = nothing
  #jsonView = viewOf(nothing)
  #end = 0
  #bytes: Uint8Array = nothing
  #view = viewOf(nothing)
  #out = 0
  /**
   * Keys of the open maps, one after another: the offset in `#bytes` at which each text begins, header
   * included.
   */
  readonly #keys = new Int32Array(MAX_DEPTH * MAX_ITEMS)
  #keyCount = 0
  /** One bit for each key of the innermost map, by hash. A key whose bit is not set is new. */
  #keyBits = 0

  /** The offset after the msgpack. */
  get written(): number {
    return this.#out
  }

  /**
   * Writes the value that begins at json[start] into `bytes` from `at` on. The JSON is UTF-8, and the value
   * ends at `end` or earlier. The bytes after the value are ignored.
   */
  transcode(json: Uint8Array, start: number, end: number, bytes: Uint8Array, at: number): number {
    if (json !== this.#json) {
      this.#json = json
      this.#jsonView = viewOf(json)
    }
    if (bytes !== this.#bytes) {
      this.#bytes = bytes
      this.#view = viewOf(bytes)
    }
    this.#end = end
    this.#out = at
    this.#keyCount = 0
    const stop = this.#value(start, 0)
    return stop > end ? LEFT : stop
  }

  #value(at: number, depth: number): number {
    if (this.#out + MAX_NUMBER > this.#bytes.length) return FULL
    switch (this.#json[at]) {
      case QUOTE:
        return this.#text(at)
      case 0x7b:
        return depth < MAX_DEPTH ? this.#map(at, depth) : LEFT
      case 0x5b:
        return depth < MAX_DEPTH ? this.#list(at, depth) : LEFT
      case 0x74:
        return this.#word(at, 'true', 0xc3)
      case 0x66:
        return this.#word(at, 'false', 0xc2)
      case 0x6e:
        return this.#word(at, 'null', 0xc0)
      default:
        return this.#number(at)
    }
  }

  #map(start: number, depth: number): number {
    const json = this.#json
    const head = this.#out++
    const firstKey = this.#keyCount
    const outerBits = this.#keyBits
    this.#keyBits = 0
    let key: JsonKeyNode | undefined = noKey
    let count = 0
    let at = this.#skipSpaces(start + 1)
    if (json[at] !== 0x7d) {
      for (;;) {
        if (++count > MAX_ITEMS) return LEFT
        const next: JsonKeyNode | undefined = key === undefined ? undefined : this.#predicted(key.next, at)
        if (next !== undefined) {
          at = this.#skipSpaces(at + next.jsonBytes)
          key = next
        } else {
          const from = at
          at = this.#key(at, firstKey)
          if (at < 0) return at
          if (key !== undefined) key = this.#learned(key, from)
        }
        at = this.#value(at, depth + 1)
        if (at < 0) return at
        at = this.#skipSpaces(at)
        if (json[at] !== COMMA) break
        at = this.#skipSpaces(at + 1)
      }
      if (json[at] !== 0x7d) return LEFT
    }
    this.#bytes[head] = 0x80 | count
    this.#keyCount = firstKey
    this.#keyBits = outerBits
    return at + 1
  }

  #list(start: number, depth: number): number {
    const json = this.#json
    const head = this.#out++
    let count = 0
    let at = this.#skipSpaces(start + 1)
    if (json[at] !== 0x5d) {
      for (;;) {
        if (++count > MAX_ITEMS) return LEFT
        at = this.#value(at, depth + 1)
        if (at < 0) return at
        at = this.#skipSpaces(at)
        if (json[at] !== COMMA) break
        at = this.#skipSpaces(at + 1)
      }
      if (json[at] !== 0x5d) return LEFT
    }
    this.#bytes[head] = 0x90 | count
    return at + 1
  }

  /**
   * Transcodes the key and the colon. Returns LEFT for a repeated key, and for numbers, which JSON.parse puts
   * first.
   */
  #key(at: number, firstKey: number): number {
    const json = this.#json
    const start = this.#out
    if (json[at] !== QUOTE || isDigit(json[at + 1])) return LEFT
    const stop = this.#text(at)
    if (stop < 0) return stop
    if (!this.#isNewKey(start, firstKey)) return LEFT
    this.#keys[this.#keyCount++] = start
    const colon = this.#skipSpaces(stop)
    return json[colon] === COLON ? this.#skipSpaces(colon + 1) : LEFT
  }

  /** Writes the first of these keys that the JSON has at the offset. Returns undefined if it has none of them. */
  #predicted(first: JsonKeyNode | undefined, at: number): JsonKeyNode | undefined {
    const out = this.#out
    for (let key = first; key !== undefined; key = key.sibling) {
      if (!key.isAt(this.#jsonView, this.#json.length, at)) continue
      if (at + key.jsonBytes > this.#end || out + MAX_LEARNED_KEY + 4 > this.#bytes.length) return undefined
      key.copyTo(this.#view, out)
      this.#keys[this.#keyCount++] = out
      // A key that is not predicted is compared with all before it.
      this.#keyBits = -1
      this.#out = out + key.packedBytes
      return key
    }
    return undefined
  }

  /** Learns the key that was just transcoded, and began at `from` in the JSON. */
  #learned(before: JsonKeyNode, from: number): JsonKeyNode | undefined {
    const start = this.#keys[this.#keyCount - 1]
    const packed = this.#bytes.subarray(start, this.#out)
    const colon = from + packed.length + 1
    if (packed.length > MAX_LEARNED_KEY + 1 || this.#json[colon] !== COLON) return undefined
    return learnKey(before, this.#json.subarray(from, colon + 1), packed)
  }

  #isNewKey(start: number, firstKey: number): boolean {
    const bytes = this.#bytes
    const end = this.#out
    const bit = 1 << (bytes[start] ^ (bytes[start + 1] * 3) ^ (bytes[end - 1] * 5))
    const known = this.#keyBits
    this.#keyBits = known | bit
    if ((known & bit) === 0) return true
    for (let index = firstKey; index < this.#keyCount; index++)
      if (this.#isSame(this.#keys[index], start, end)) return false
    return true
  }

  #isSame(first: number, second: number, end: number): boolean {
    const bytes = this.#bytes
    for (; second < end; first++, second++) if (bytes[first] !== bytes[second]) return false
    return true
  }

  #text(start: number): number {
    const json = this.#json
    const jsonView = this.#jsonView
    const bytes = this.#bytes
    const view = this.#view
    const end = this.#end
    const head = this.#out
    const room = bytes.length - MAX_TEXT_HEADER
    let out = head + 1
    let at = start + 1
    // Four bytes at a time, while all are ASCII and none is special.
    for (const last = Math.min(end - 4, at + room - out - 4); at <= last; at += 4, out += 4) {
      const word = jsonView.getInt32(at, true)
      view.setInt32(out, word, true)
      const special = specialBits(word)
      if (special === 0) continue
      const plain = (31 - Math.clz32(special & -special)) >> 3
      at += plain
      out += plain
      break
    }
    let code = 0
    for (; at < end; at++) {
      code = json[at]
      if (PLAIN[code] === 0) break
      bytes[out++] = code
    }
    if (out > room) return FULL
    if (at >= end || code !== QUOTE) return LEFT
    const size = out - head - 1
    if (size >= 0x1_0000) return LEFT
    if (size < 32) bytes[head] = 0xa0 | size
    else out = this.#widen(head, out, size)
    this.#out = out
    return at + 1
  }

  /** Makes room for the longer header that a longer text needs. */
  #widen(head: number, end: number, size: number): number {
    const bytes = this.#bytes
    if (size < 0x100) {
      this.#moveByOne(head + 1, end)
      bytes[head] = 0xd9
      bytes[head + 1] = size
      return end + 1
    }
    bytes.copyWithin(head + 3, head + 1, end)
    bytes[head] = 0xda
    bytes[head + 1] = size >> 8
    bytes[head + 2] = size
    return end + 2
  }

  /** For few bytes this is faster than `copyWithin`. */
  #moveByOne(start: number, end: number): void {
    const bytes = this.#bytes
    const view = this.#view
    let at = end
    for (; at - 4 >= start; at -= 4) view.setInt32(at - 3, view.getInt32(at - 4))
    for (; at > start; at--) bytes[at] = bytes[at - 1]
  }

  #number(start: number): number {
    const json = this.#json
    let at = json[start] === MINUS ? start + 1 : start
    const first = at
    let digits = 0
    let scale = 0
    for (; isDigit(json[at]); at++) digits = digits * 10 + json[at] - ZERO
    const whole = at - first
    if (whole === 0 || (whole > 1 && json[first] === ZERO)) return LEFT
    if (json[at] === POINT) {
      for (at++; isDigit(json[at]); at++, scale++) digits = digits * 10 + json[at] - ZERO
      if (scale === 0) return LEFT
    }
    // Up to this limit the digits and the power of ten are exact, so the quotient is the nearest number.
    if (whole + scale > 15 || (json[at] | 0x20) === 0x65) return LEFT
    const size = scale === 0 ? digits : digits / POWERS[scale]
    this.#writeNumber(first > start ? -size : size)
    return at
  }

  #writeNumber(value: number): void {
    const view = this.#view
    let out = this.#out
    if (value >= 0 && value < 0x80 && (value | 0) === value) this.#bytes[out++] = value
    else if (!Number.isInteger(value)) {
      this.#bytes[out] = 0xcb
      view.setFloat64(out + 1, value)
      out += 9
    } else out = value < 0 ? this.#negative(value, out) : this.#positive(value, out)
    this.#out = out
  }

  #positive(value: number, out: number): number {
    const wide = value < 0x100 ? 0 : value < 0x1_0000 ? 1 : value <= 0xffff_ffff ? 2 : 3
    return this.#integer(value, 0xcc, wide, out)
  }

  #negative(value: number, out: number): number {
    if (value >= -0x20) {
      this.#bytes[out] = value
      return out + 1
    }
    const wide = value >= -0x80 ? 0 : value >= -0x8000 ? 1 : value >= -0x8000_0000 ? 2 : 3
    return this.#integer(value, 0xd0, wide, out)
  }

  /** `wide`: binary logarithm of the bytes of the number, which is added to the `lead` of one byte. */
  #integer(value: number, lead: number, wide: number, out: number): number {
    const view = this.#view
    this.#bytes[out] = lead + wide
    if (wide === 0) view.setUint8(out + 1, value)
    else if (wide === 1) view.setUint16(out + 1, value)
    else if (wide === 2) view.setUint32(out + 1, value)
    else view.setBigInt64(out + 1, BigInt(value))
    return out + 1 + (1 << wide)
  }

  #word(at: number, word: string, byte: number): number {
    for (let index = 0; index < word.length; index++)
      if (this.#json[at + index] !== word.charCodeAt(index)) return LEFT
    this.#bytes[this.#out++] = byte
    return at + word.length
  }

  #skipSpaces(at: number): number {
    const json = this.#json
    while (json[at] === SPACE) at++
    return at
  }
}

/** Returns false also beyond the end of the bytes. */
function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE
}

/** Levels of the deepest body that is not left. No limit that the configuration can set is lower. */
export const MAX_DEPTH = 8
const MAX_ITEMS = 15
const MAX_NUMBER = 9
const MAX_TEXT_HEADER = 3
const SPACE = 0x20
const QUOTE = 0x22
const COMMA = 0x2c
const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const BACKSLASH = 0x5c
/** 1 for every byte that represents itself in a JSON text. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, code) =>
  Number(code >= 0x20 && code !== QUOTE && code !== BACKSLASH),
)
const POWERS = Array.from({ length: 16 }, (_, power) => 10 ** power)
const nothing = new Uint8Array(0)
