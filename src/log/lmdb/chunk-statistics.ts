import { HEADER_BYTES, readU16, sourceLength, tagLength } from '../../event/frame.js'
import { compilePath, find, textLength, textStart } from '../../event/msgpack/find.js'
import { segmentsEnd } from '../../event/segments.js'
import type { TypeOfBytes } from '../../filter/matcher.js'
import { TOP, type TopValues } from './summary-codec.js'
import { MAX_VALUES, Tally } from './tally.js'

const typePath = compilePath(['type'])

export interface Counts {
  types: TopValues
  sources: TopValues
  prefixes: TopValues
  /** True if there are reports of lost events, which have this prefix. */
  hasGaps: boolean
}

/** The prefix of the tags of events that report losses. */
export const GAP_PREFIX = 'hub/gap/'
const gapPrefix = Buffer.from(GAP_PREFIX)

interface TypeCount {
  type: string
  count: number
}

/** Counts the types, sources and tag prefixes of the events of one chunk. */
export class ChunkStatistics {
  readonly #typeOf: TypeOfBytes
  readonly #types = new Map<string, TypeCount>()
  #lastType: TypeCount | undefined
  #typesLeftOut = false
  readonly #sources = new Tally()
  readonly #prefixes = new Tally()
  #hasGaps = false
  readonly #previous: Head = { bytes: new Uint8Array(0), start: 0, source: -1, prefix: 0, open: false }

  constructor(typeOf: TypeOfBytes) {
    this.#typeOf = typeOf
  }

  counts(): Counts {
    return {
      types: this.#topTypes(),
      sources: this.#sources.top(),
      prefixes: this.#prefixes.top(),
      hasGaps: this.#hasGaps,
    }
  }

  add(bytes: Uint8Array, at: number): void {
    const source = sourceLength(bytes, at)
    const attributes = readU16(bytes, at + 30)
    const tag = at + HEADER_BYTES + source + attributes
    const length = tagLength(bytes, at)
    if (attributes === 0 && repeats(this.#previous, bytes, at + HEADER_BYTES, source, length)) {
      this.#sources.addLast()
      this.#prefixes.addLast()
    } else {
      this.#addHead(bytes, at + HEADER_BYTES, source, tag, length)
    }
    this.#addType(this.#typeOfFrame(bytes, tag, attributes, length))
  }

  clear(): void {
    this.#types.clear()
    this.#lastType = undefined
    this.#typesLeftOut = false
    this.#sources.clear()
    this.#prefixes.clear()
    this.#hasGaps = false
    this.#previous.source = -1
  }

  #addHead(bytes: Uint8Array, start: number, source: number, tag: number, length: number): void {
    const end = segmentsEnd(bytes, tag, tag + length, 2)
    const open = end >= 0
    const prefix = open ? end - tag : length
    this.#hasGaps ||= isGapPrefix(bytes, tag, prefix)
    const counted = this.#sources.add(bytes, start, source)
    const bothCounted = this.#prefixes.add(bytes, tag, prefix) && counted
    const comparable = bothCounted && tag === start + source
    Object.assign(this.#previous, { bytes, start, source: comparable ? source : -1, prefix, open })
  }

  #addType(type: string): void {
    if (this.#lastType?.type === type) {
      this.#lastType.count++
      return
    }
    let entry = this.#types.get(type)
    if (entry === undefined) {
      if (this.#types.size === MAX_VALUES) {
        this.#typesLeftOut = true
        return
      }
      entry = { type, count: 0 }
      this.#types.set(type, entry)
    }
    entry.count++
    this.#lastType = entry
  }

  /** Returns the type that the publisher gave, else the type of the tag: the same type that filters see. */
  #typeOfFrame(bytes: Uint8Array, tag: number, attributes: number, length: number): string {
    if (attributes > 0) {
      const given = find(bytes, tag - attributes, tag, typePath)
      const letters = given < 0 ? -1 : textLength(bytes, given)
      if (letters >= 0) return text(bytes, textStart(bytes, given), letters)
    }
    return this.#typeOf(bytes, tag, tag + length)
  }

  #topTypes(): TopValues {
    const sorted = [...this.#types.values()].sort((a, b) => b.count - a.count)
    const values = sorted.slice(0, TOP).map(({ type, count }) => ({ value: Buffer.from(type), count }))
    return { values, complete: sorted.length <= TOP && !this.#typesLeftOut }
  }
}

/** Position of the source and tag, which are adjacent, of the last frame that was counted with a lookup. */
interface Head {
  bytes: Uint8Array
  start: number
  /** Length of the source; -1 if there is nothing to compare with. */
  source: number
  prefix: number
  /** True if longer tags have the same prefix. */
  open: boolean
}

/**
 * Returns whether a frame repeats the source and prefix of the previous one. Most do, and need one comparison of
 * bytes.
 */
function repeats(head: Head, bytes: Uint8Array, start: number, source: number, tag: number): boolean {
  if (source !== head.source || tag < head.prefix) return false
  if (tag > head.prefix && !head.open) return false
  const length = source + head.prefix
  for (let at = 0; at < length; at++) if (bytes[start + at] !== head.bytes[head.start + at]) return false
  return true
}

function isGapPrefix(bytes: Uint8Array, start: number, length: number): boolean {
  if (length !== gapPrefix.length) return false
  for (let at = 0; at < length; at++) if (bytes[start + at] !== gapPrefix[at]) return false
  return true
}

function text(bytes: Uint8Array, start: number, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, length).toString()
}
