/**
 * The usual JSON as msgpack, straight from its bytes and without an object: text without escapes, short maps and
 * lists, no key twice. Everything else it leaves to JSON.parse and the encoder, which write the same bytes.
 */
export class JsonTranscoder {
  readonly bytes = new Uint8Array(4 * LONGEST_PLAIN_JSON)
  readonly #view = new DataView(this.bytes.buffer)
  /** Keys of the open maps, one behind the other: where the text begins in `bytes`, header included. */
  readonly #keys = new Int32Array(MOST_DEEP * MOST_ITEMS)
  #keyCount = 0
  #json: Uint8Array = this.bytes
  #at = 0
  #end = 0
  #out = 0

  /**
   * Bytes written of the value that takes all of json[start, end), which is UTF-8; -1 where it is left to others,
   * also when it is no JSON.
   */
  transcode(json: Uint8Array, start: number, end: number): number {
    if (end - start > LONGEST_PLAIN_JSON) return -1
    this.#json = json
    this.#at = start
    this.#end = end
    this.#out = 0
    this.#keyCount = 0
    const isDone = this.#value(0)
    return isDone && this.#at === end ? this.#out : -1
  }

  #value(depth: number): boolean {
    if (this.#at >= this.#end) return false
    switch (this.#json[this.#at]) {
      case QUOTE:
        return this.#text()
      case 0x7b:
        return depth < MOST_DEEP && this.#map(depth)
      case 0x5b:
        return depth < MOST_DEEP && this.#list(depth)
      case 0x74:
        return this.#word('true', 0xc3)
      case 0x66:
        return this.#word('false', 0xc2)
      case 0x6e:
        return this.#word('null', 0xc0)
      default:
        return this.#number()
    }
  }

  #map(depth: number): boolean {
    const head = this.#out++
    const firstKey = this.#keyCount
    let count = 0
    this.#at++
    this.#skipSpaces()
    if (this.#takes(0x7d)) {
      this.bytes[head] = 0x80
      return true
    }
    do {
      if (++count > MOST_ITEMS || !this.#key(firstKey)) return false
      if (!this.#takes(0x3a) || !this.#value(depth + 1)) return false
    } while (this.#takes(COMMA))
    this.bytes[head] = 0x80 | count
    this.#keyCount = firstKey
    return this.#takes(0x7d)
  }

  #list(depth: number): boolean {
    const head = this.#out++
    let count = 0
    this.#at++
    this.#skipSpaces()
    if (!this.#takes(0x5d)) {
      do if (++count > MOST_ITEMS || !this.#value(depth + 1)) return false
      while (this.#takes(COMMA))
      if (!this.#takes(0x5d)) return false
    }
    this.bytes[head] = 0x90 | count
    return true
  }

  /** False for one that is there already, and for numbers, which JSON.parse puts first. */
  #key(firstKey: number): boolean {
    const start = this.#out
    if (this.#json[this.#at] !== QUOTE || isDigit(this.#json[this.#at + 1]) || !this.#text()) return false
    for (let index = firstKey; index < this.#keyCount; index++)
      if (this.#isSame(this.#keys[index], start, this.#out)) return false
    this.#keys[this.#keyCount++] = start
    return true
  }

  #isSame(first: number, second: number, end: number): boolean {
    const { bytes } = this
    for (; second < end; first++, second++) if (bytes[first] !== bytes[second]) return false
    return true
  }

  #text(): boolean {
    const json = this.#json
    const { bytes } = this
    const start = this.#at + 1
    const end = this.#end
    let at = start
    for (; at < end; at++) {
      const code = json[at]
      if (code === QUOTE) break
      if (code < 0x20 || code === BACKSLASH) return false
    }
    if (at >= end) return false
    const size = at - start
    let out = this.#out
    if (size < 32) bytes[out++] = 0xa0 | size
    else {
      bytes[out++] = size < 0x100 ? 0xd9 : 0xda
      if (size >= 0x100) bytes[out++] = size >> 8
      bytes[out++] = size
    }
    for (let from = start; from < at; from++) bytes[out++] = json[from]
    this.#out = out
    this.#at = at + 1
    return true
  }

  #number(): boolean {
    const json = this.#json
    const start = this.#at
    let at = json[start] === MINUS ? start + 1 : start
    const first = at
    let digits = 0
    let scale = 0
    for (; isDigit(json[at]); at++) digits = digits * 10 + json[at] - ZERO
    const whole = at - first
    if (whole === 0 || (whole > 1 && json[first] === ZERO)) return false
    if (json[at] === POINT) {
      for (at++; isDigit(json[at]); at++, scale++) digits = digits * 10 + json[at] - ZERO
      if (scale === 0) return false
    }
    // Up to there the digits and the power of ten are exact, and so the quotient is the nearest number.
    if (at > this.#end || whole + scale > 15 || (json[at] | 0x20) === 0x65) return false
    const size = digits / POWERS[scale]
    this.#at = at
    this.#writeNumber(first > start ? -size : size)
    return true
  }

  #writeNumber(value: number): void {
    const view = this.#view
    let out = this.#out
    if (value >= 0 && value < 0x80 && (value | 0) === value) this.bytes[out++] = value
    else if (!Number.isInteger(value)) {
      this.bytes[out] = 0xcb
      view.setFloat64(out + 1, value)
      out += 9
    } else out = value < 0 ? this.#negative(value, out) : this.#positive(value, out)
    this.#out = out
  }

  #positive(value: number, out: number): number {
    const wide = value < 0x100 ? 0 : value < 0x1_0000 ? 1 : value <= 0xffff_ffff ? 2 : 3
    return this.#integer(value, 0xcc + wide, 2 ** wide, out)
  }

  #negative(value: number, out: number): number {
    if (value >= -0x20) {
      this.bytes[out] = value
      return out + 1
    }
    const wide = value >= -0x80 ? 0 : value >= -0x8000 ? 1 : value >= -0x8000_0000 ? 2 : 3
    return this.#integer(value, 0xd0 + wide, 2 ** wide, out)
  }

  #integer(value: number, lead: number, size: number, out: number): number {
    const view = this.#view
    this.bytes[out] = lead
    if (size === 1) view.setUint8(out + 1, value)
    else if (size === 2) view.setUint16(out + 1, value)
    else if (size === 4) view.setUint32(out + 1, value)
    else view.setBigInt64(out + 1, BigInt(value))
    return out + 1 + size
  }

  #word(word: string, byte: number): boolean {
    for (let index = 0; index < word.length; index++)
      if (this.#json[this.#at + index] !== word.charCodeAt(index)) return false
    this.#at += word.length
    this.bytes[this.#out++] = byte
    return this.#at <= this.#end
  }

  #takes(code: number): boolean {
    if (this.#at >= this.#end || this.#json[this.#at] !== code) return false
    this.#at++
    this.#skipSpaces()
    return true
  }

  #skipSpaces(): void {
    while (this.#at < this.#end && this.#json[this.#at] === SPACE) this.#at++
  }
}

function isDigit(code: number): boolean {
  return (code - ZERO) >>> 0 < 10
}

export const LONGEST_PLAIN_JSON = 16 * 1024
const MOST_DEEP = 16
const MOST_ITEMS = 15
const SPACE = 0x20
const QUOTE = 0x22
const COMMA = 0x2c
const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const BACKSLASH = 0x5c
const POWERS = Array.from({ length: 16 }, (_, power) => 10 ** power)
