import { createHash } from 'node:crypto'
import { kindAt } from '../event/msgpack/find.js'
import { readText } from '../event/msgpack/generated-code.js'
import { readLength, walkValue } from '../event/msgpack/walk.js'

/** Characters of a piece, roughly. To make one takes less than a millisecond. */
const PIECE_LENGTH = 16 * 1024
/** A value of no more bytes is written at once. */
const SMALL_BYTES = 4 * 1024
/** A value of no more bytes is walked through at once. */
const WALKED_BYTES = 256 * 1024
/** Values that are skipped count as a number of characters. */
const LOOKED_AT = SMALL_BYTES / 4
const KEY_LOOKED_AT = 64
/** Bytes of a long key that are hashed at once. */
const HASHED_BYTES = 64 * 1024
/** A multiple of three, so that the base64 of the parts can be joined. */
const BASE64_BYTES = 48 * 1024

/** A key of a map: keys of the same order are the same key. */
export interface Key {
  order: unknown
  text: string
}

/** Where the content of a long text, binary or ext is, and what is around it. */
export interface LongScalar {
  as: 'text' | 'base64'
  before: string
  start: number
  end: number
  after: string
}

/** A way to write values as JSON. All bytes are valid msgpack. */
export interface JsonDialect {
  readonly comma: string
  readonly colon: string
  /** A value that is not long. */
  short(bytes: Uint8Array, start: number, end: number): string
  /** A key that is not long. */
  key(bytes: Uint8Array, start: number, end: number): Key
  long(bytes: Uint8Array, at: number, end: number): LongScalar
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

/** Where the value of a key begins. A long key is written from where it is. */
interface Member {
  readonly key: string | LongScalar
  at: number
}

/** Writes sound msgpack as JSON, in pieces, some of which are empty. */
export class PieceWriter {
  readonly #dialect: JsonDialect
  readonly #bytes: Uint8Array
  readonly #end: number
  #at: number
  #text = ''
  #lookedAt = 0
  #outermost: ReadonlyMap<unknown, unknown> | undefined

  constructor(dialect: JsonDialect, bytes: Uint8Array, start: number, end: number) {
    this.#dialect = dialect
    this.#bytes = bytes
    this.#at = start
    this.#end = end
  }

  *pieces(): Generator<string, void> {
    yield* this.#value()
    yield this.#take()
  }

  /** Returns whether the value, if it is a map, has this key. Known when all pieces are made. */
  hasKey(order: unknown): boolean {
    return this.#outermost?.has(order) === true
  }

  #take(): string {
    const text = this.#text
    this.#text = ''
    this.#lookedAt = 0
    return text
  }

  *#value(): Generator<string, void> {
    if (this.#writeSmall()) return
    switch (kindAt(this.#bytes, this.#at)) {
      case 'array':
        return yield* this.#array()
      case 'map':
        return yield* this.#map()
      default:
        return yield* this.#longScalar()
    }
  }

  get #isFull(): boolean {
    return this.#text.length + this.#lookedAt >= PIECE_LENGTH
  }

  /** Writes the value at once unless it is long. */
  #writeSmall(): boolean {
    const at = this.#at
    const lead = this.#bytes[at]
    if (lead < 0x80 || lead === NIL) {
      this.#text += lead === NIL ? 'null' : lead
      this.#at++
      return true
    }
    const end = walkValue(this.#bytes, at, Math.min(this.#end, at + SMALL_BYTES))
    if (end < 0) {
      this.#lookedAt += LOOKED_AT
      return false
    }
    this.#text += this.#dialect.short(this.#bytes, at, end)
    this.#at = end
    return true
  }

  *#array(): Generator<string, void> {
    const count = this.#enter(0xdc)
    for (let index = 0; index < count; index++) {
      this.#text += index === 0 ? '[' : this.#dialect.comma
      yield* this.#member()
    }
    this.#text += count === 0 ? '[]' : ']'
  }

  *#map(): Generator<string, void> {
    const { comma, colon } = this.#dialect
    const members = yield* this.#membersByKey()
    this.#outermost ??= members
    const end = this.#at
    let separator = '{'
    for (const { key, at } of members.values()) {
      this.#text += separator
      yield* typeof key === 'string' ? this.#quoted(key) : this.#longKeyText(key)
      this.#text += colon
      this.#at = at
      yield* this.#member()
      separator = comma
    }
    this.#text += '}'
    this.#at = end
  }

  *#member(): Generator<string, void> {
    if (!this.#writeSmall()) yield* this.#value()
    if (this.#isFull) yield this.#take()
  }

  /** As in an object, the last of several values of a key counts. */
  *#membersByKey(): Generator<string, Map<unknown, Member>> {
    const members = new Map<unknown, Member>()
    const longKeys = new Map<string, LongScalar>()
    const count = this.#enter(0xde)
    for (let index = 0; index < count; index++) {
      const key = yield* this.#key(longKeys)
      const [order, text] = 'order' in key ? [key.order, key.text] : [key, key]
      const same = members.get(order)
      if (same === undefined) members.set(order, { key: text, at: this.#at })
      else same.at = this.#at
      yield* this.#skip()
      this.#lookedAt += KEY_LOOKED_AT
      if (this.#isFull) yield this.#take()
    }
    // All that is inside was walked through.
    yield this.#take()
    return members
  }

  /** The same long key again is the same object. */
  *#key(longKeys: Map<string, LongScalar>): Generator<string, Key | LongScalar> {
    const start = this.#at
    yield* this.#skip()
    if (this.#at - start <= SMALL_BYTES) return this.#dialect.key(this.#bytes, start, this.#at)
    const kind = kindAt(this.#bytes, start)
    if (kind !== 'map' && kind !== 'array') {
      const digest = yield* this.#digest(start, this.#at)
      const key = longKeys.get(digest) ?? this.#dialect.long(this.#bytes, start, this.#at)
      longKeys.set(digest, key)
      return key
    }
    let text = ''
    for (const piece of new PieceWriter(this.#dialect, this.#bytes, start, this.#at).pieces()) {
      text += piece
      yield this.#take()
    }
    return { order: text, text }
  }

  *#digest(start: number, end: number): Generator<string, string> {
    const hash = createHash('sha256')
    for (let at = start; at < end; at += HASHED_BYTES) {
      hash.update(this.#bytes.subarray(at, Math.min(end, at + HASHED_BYTES)))
      yield this.#take()
    }
    return hash.digest('base64')
  }

  /** Moves behind the value. Only containers take long. */
  *#skip(): Generator<string, void> {
    const at = this.#at
    const end = walkValue(this.#bytes, at, Math.min(this.#end, at + WALKED_BYTES))
    if (end >= 0) {
      this.#at = end
      return
    }
    const kind = kindAt(this.#bytes, at)
    if (kind !== 'map' && kind !== 'array') {
      this.#at = walkValue(this.#bytes, at, this.#end)
      return
    }
    let left = kind === 'map' ? 2 * this.#enter(0xde) : this.#enter(0xdc)
    for (; left > 0; left--) {
      yield this.#take()
      left = this.#skipShort(left)
      if (left === 0) return
      yield* this.#skip()
    }
  }

  /** Moves behind so many short values. Returns how many are left: none, or more than can be walked at once. */
  #skipShort(count: number): number {
    const stop = Math.min(this.#end, this.#at + WALKED_BYTES)
    for (let left = count; left > 0; left--) {
      const end = walkValue(this.#bytes, this.#at, stop)
      if (end < 0) return left
      this.#at = end
    }
    return 0
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
      if (this.#isFull) yield this.#take()
    }
    this.#text += '"'
  }

  *#longScalar(): Generator<string, void> {
    const stop = walkValue(this.#bytes, this.#at, this.#end)
    yield* this.#longParts(this.#dialect.long(this.#bytes, this.#at, stop))
    this.#at = stop
  }

  *#longParts({ as, before, start, end, after }: LongScalar): Generator<string, void> {
    yield this.#take() + before
    if (as === 'text') yield* this.#textParts(start, end)
    else yield* base64Pieces(this.#bytes, start, end)
    this.#text += after
  }

  /** A key that is not text is written as the text of its JSON, which is base64 here and needs no escapes. */
  *#longKeyText(key: LongScalar): Generator<string, void> {
    if (key.before.startsWith('"')) return yield* this.#longParts(key)
    yield* this.#longParts({
      ...key,
      before: `"${JSON.stringify(key.before).slice(1, -1)}`,
      after: `${JSON.stringify(key.after).slice(1, -1)}"`,
    })
  }

  *#textParts(start: number, end: number): Generator<string, void> {
    for (let at = start; at < end; ) {
      const stop = endOfCharacters(this.#bytes, at + SMALL_BYTES, end)
      this.#text += JSON.stringify(readText(this.#bytes, at, stop)).slice(1, -1)
      at = stop
      if (this.#isFull) yield this.#take()
    }
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

const NIL = 0xc0

/** Never between the halves of a surrogate pair. */
function endOfPart(text: string, at: number): number {
  return (text.charCodeAt(at - 1) & 0xfc00) === 0xd800 ? at + 1 : at
}

/** Never inside a character, which has at most three bytes after the first. */
export function endOfCharacters(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return end
  for (let stop = at; stop > at - 4; stop--) if ((bytes[stop] & 0xc0) !== 0x80) return stop
  return at
}
