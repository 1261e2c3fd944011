import { jsonView, keyText } from '../../event/json/view.js'
import { decode } from '../../event/msgpack/decoder.js'
import { kindAt } from '../../event/msgpack/find.js'
import { readText } from '../../event/msgpack/generated-code.js'
import { readLength, walkValue } from '../../event/msgpack/walk.js'

/** Characters of a piece, roughly. To make one takes less than a millisecond. */
const PIECE_LENGTH = 16 * 1024
/** A value of no more bytes is written at once. */
const SMALL_BYTES = 4 * 1024
/** What is looked at without being written counts as so many characters. */
const LOOKED_AT = SMALL_BYTES / 4
const KEY_LOOKED_AT = 64
/** A multiple of three, so that the base64 of the parts can be joined. */
const BASE64_BYTES = 48 * 1024

/** The text of `JSON.stringify(jsonView(…))` for sound msgpack, in pieces, some of which are empty. */
export function* jsonPieces(bytes: Uint8Array, start: number, end: number): Generator<string, void> {
  const writer = new PieceWriter(bytes, start, end)
  yield* writer.value()
  yield writer.take()
}

export function* base64Pieces(bytes: Uint8Array, start: number, end: number): Generator<string, void> {
  const { buffer, byteOffset } = bytes
  for (let at = start; at < end; at += BASE64_BYTES) {
    const part = Buffer.from(buffer, byteOffset + at, Math.min(BASE64_BYTES, end - at))
    yield part.toString('base64')
  }
}

/** Where the content of a sound text, binary or ext with a length begins; the ext's type is the byte before it. */
export function contentStart(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]
  if (lead >= 0xd9 && lead <= 0xdb) return at + 1 + (1 << (lead - 0xd9))
  if (lead >= 0xc7 && lead <= 0xc9) return at + 2 + (1 << (lead - 0xc7))
  return at + 1 + (1 << (lead - 0xc4))
}

class PieceWriter {
  readonly #bytes: Uint8Array
  readonly #end: number
  #at: number
  #text = ''
  #lookedAt = 0

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes
    this.#at = start
    this.#end = end
  }

  take(): string {
    const text = this.#text
    this.#text = ''
    this.#lookedAt = 0
    return text
  }

  *value(): Generator<string, void> {
    if (this.#writeSmall()) return
    switch (kindAt(this.#bytes, this.#at)) {
      case 'array':
        return yield* this.#array()
      case 'map':
        return yield* this.#map()
      case 'text':
        return yield* this.#longText()
      case 'bytes':
        return yield* this.#base64('"', '"')
      default: {
        // Nothing that has a representation of its own is so long.
        const type = (this.#bytes[contentStart(this.#bytes, this.#at) - 1] << 24) >> 24
        return yield* this.#base64(`{"ext":${type},"bytes":"`, '"}')
      }
    }
  }

  get #isFull(): boolean {
    return this.#text.length + this.#lookedAt >= PIECE_LENGTH
  }

  /** Writes the value at once unless it is long. */
  #writeSmall(): boolean {
    const at = this.#at
    const lead = this.#bytes[at]
    if (lead < 0x80) {
      this.#text += lead
      this.#at++
      return true
    }
    const end = walkValue(this.#bytes, at, Math.min(this.#end, at + SMALL_BYTES))
    if (end < 0) {
      this.#lookedAt += LOOKED_AT
      return false
    }
    this.#text += JSON.stringify(jsonView(decode(this.#bytes, at, end)))
    this.#at = end
    return true
  }

  *#array(): Generator<string, void> {
    const count = this.#enter(0xdc)
    for (let index = 0; index < count; index++) {
      this.#text += index === 0 ? '[' : ','
      yield* this.#member()
    }
    this.#text += count === 0 ? '[]' : ']'
  }

  *#map(): Generator<string, void> {
    const values = yield* this.#valuesByKey()
    const end = this.#at
    let separator = '{'
    for (const [key, at] of values) {
      this.#text += separator
      yield* this.#quoted(key)
      this.#text += ':'
      this.#at = at
      yield* this.#member()
      separator = ','
    }
    this.#text += '}'
    this.#at = end
  }

  *#member(): Generator<string, void> {
    if (!this.#writeSmall()) yield* this.value()
    if (this.#isFull) yield this.take()
  }

  /** Where the value of each key begins. As in an object, the last of several values of a key counts. */
  *#valuesByKey(): Generator<string, Map<string, number>> {
    const values = new Map<string, number>()
    const count = this.#enter(0xde)
    for (let index = 0; index < count; index++) {
      const key = this.#key()
      values.set(key, this.#at)
      this.#at = walkValue(this.#bytes, this.#at, this.#end)
      this.#lookedAt += KEY_LOOKED_AT
      if (this.#isFull) yield this.take()
    }
    // All that is inside was walked through.
    yield this.take()
    return values
  }

  #key(): string {
    const at = this.#at
    this.#at = walkValue(this.#bytes, at, this.#end)
    return keyText(decode(this.#bytes, at, this.#at))
  }

  *#quoted(text: string): Generator<string, void> {
    if (text.length <= SMALL_BYTES) {
      this.#text += JSON.stringify(text)
      return
    }
    this.#text += '"'
    for (let at = 0; at < text.length; ) {
      const end = endOfPart(text, at + SMALL_BYTES)
      this.#text += JSON.stringify(text.slice(at, end)).slice(1, -1)
      at = end
      if (this.#isFull) yield this.take()
    }
    this.#text += '"'
  }

  *#longText(): Generator<string, void> {
    const end = walkValue(this.#bytes, this.#at, this.#end)
    this.#at = contentStart(this.#bytes, this.#at)
    this.#text += '"'
    while (this.#at < end) {
      const stop = endOfCharacters(this.#bytes, this.#at + SMALL_BYTES, end)
      this.#text += JSON.stringify(readText(this.#bytes, this.#at, stop)).slice(1, -1)
      this.#at = stop
      if (this.#isFull) yield this.take()
    }
    this.#text += '"'
  }

  *#base64(before: string, after: string): Generator<string, void> {
    const end = walkValue(this.#bytes, this.#at, this.#end)
    yield this.take() + before
    yield* base64Pieces(this.#bytes, contentStart(this.#bytes, this.#at), end)
    this.#text += after
    this.#at = end
  }

  /** Moves to the first member of a container. Returns how many there are. */
  #enter(wide: number): number {
    const lead = this.#bytes[this.#at]
    const width = lead === wide ? 2 : lead === wide + 1 ? 4 : 0
    const count = width === 0 ? lead & 0x0f : readLength(this.#bytes, this.#at + 1, width)
    this.#at += 1 + width
    return count
  }
}

/** Never between the halves of a surrogate pair. */
function endOfPart(text: string, at: number): number {
  return (text.charCodeAt(at - 1) & 0xfc00) === 0xd800 ? at + 1 : at
}

/** Never inside a character, which has at most three bytes after the first. */
function endOfCharacters(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return end
  for (let stop = at; stop > at - 4; stop--) if ((bytes[stop] & 0xc0) !== 0x80) return stop
  return at
}
