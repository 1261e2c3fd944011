import {
  attributesLength,
  attributesStart,
  sourceLength,
  sourceStart,
  tagLength,
  tagStart,
} from '../../event/frame.js'
import { compilePath, find, textLength, textStart } from '../../event/msgpack/find.js'
import type { TypeOfBytes } from '../../filter/compile.js'
import { TOP, type TopValues } from './summary-codec.js'
import { MAX_VALUES, Tally } from './tally.js'

const SLASH = 0x2f
const typePath = compilePath(['type'])

export interface Counts {
  types: TopValues
  sources: TopValues
  prefixes: TopValues
}

/** What the events of one chunk are: their types, sources and tag prefixes. */
export class ChunkStatistics {
  readonly #typeOf: TypeOfBytes
  readonly #types = new Map<string, number>()
  readonly #sources = new Tally()
  readonly #prefixes = new Tally()
  #typesLeftOut = false

  constructor(typeOf: TypeOfBytes) {
    this.#typeOf = typeOf
  }

  counts(): Counts {
    return { types: this.#topTypes(), sources: this.#sources.top(), prefixes: this.#prefixes.top() }
  }

  add(bytes: Uint8Array, at: number): void {
    this.#sources.add(bytes, sourceStart(bytes, at), sourceLength(bytes, at))
    const tag = tagStart(bytes, at)
    const length = tagLength(bytes, at)
    this.#addPrefix(bytes, tag, length)
    this.#addType(this.#typeOfFrame(bytes, at, tag, length))
  }

  clear(): void {
    this.#types.clear()
    this.#typesLeftOut = false
    this.#sources.clear()
    this.#prefixes.clear()
  }

  #addType(type: string): void {
    const count = this.#types.get(type) ?? 0
    if (count > 0 || this.#types.size < MAX_VALUES) this.#types.set(type, count + 1)
    else this.#typesLeftOut = true
  }

  #topTypes(): TopValues {
    const sorted = [...this.#types].sort((a, b) => b[1] - a[1])
    const values = sorted.slice(0, TOP).map(([type, count]) => ({ value: Buffer.from(type), count }))
    return { values, complete: sorted.length <= TOP && !this.#typesLeftOut }
  }

  #addPrefix(bytes: Uint8Array, tag: number, length: number): void {
    const last = this.#prefixes.last
    if (last !== undefined && isPrefix(bytes, tag, length, last)) this.#prefixes.addLast()
    else this.#prefixes.add(bytes, tag, prefixLength(bytes, tag, length))
  }

  /** The type that the producer gave, else that of the tag; the same that filters see. */
  #typeOfFrame(bytes: Uint8Array, at: number, tag: number, length: number): string {
    const attributes = attributesLength(bytes, at)
    if (attributes > 0) {
      const start = attributesStart(bytes, at)
      const given = find(bytes, start, start + attributes, typePath)
      const letters = given < 0 ? -1 : textLength(bytes, given)
      if (letters >= 0) return text(bytes, textStart(bytes, given), letters)
    }
    return this.#typeOf(bytes, tag, tag + length)
  }
}

/** Is `prefix` all that `prefixLength` would take of this tag? */
function isPrefix(bytes: Uint8Array, tag: number, length: number, prefix: Uint8Array): boolean {
  if (length < prefix.length || (length > prefix.length && bytes[tag + prefix.length] !== SLASH)) return false
  let slashes = 0
  for (let at = 0; at < prefix.length; at++) {
    if (bytes[tag + at] !== prefix[at]) return false
    if (prefix[at] === SLASH) slashes++
  }
  return slashes === 1 || length === prefix.length
}

/** Bytes of the first two segments. */
function prefixLength(bytes: Uint8Array, tag: number, length: number): number {
  let slashes = 0
  for (let at = 0; at < length; at++) {
    if (bytes[tag + at] === SLASH && ++slashes === 2) return at
  }
  return length
}

function text(bytes: Uint8Array, start: number, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, length).toString()
}
