import { isTimeAlone, ownEventTime } from '../../event/event-time.js'
import { HEADER_BYTES, readU16, sourceLength, tagLength } from '../../event/frame.js'
import { compilePath, find, textLength, textStart } from '../../event/msgpack/find.js'
import { segmentsEnd } from '../../event/segments.js'
import type { TypeOfBytes } from '../../filter/matcher.js'
import type { EventTimes } from '../event-log.js'
import { EventTimeSpans } from '../event-times.js'
import { TOP, type TopValues } from './summary-codec.js'
import { MAX_VALUES, Tally } from './tally.js'

const typePath = compilePath(['type'])

export interface Counts {
  types: TopValues
  sources: TopValues
  prefixes: TopValues
  /** True if there are reports of lost events, which have this prefix. */
  hasGaps: boolean
  eventTimes: EventTimes
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
  readonly #times = new EventTimeSpans()
  readonly #previous: Head = {
    bytes: new Uint8Array(0),
    start: 0,
    source: -1,
    tag: 0,
    prefix: 0,
    open: false,
  }

  constructor(typeOf: TypeOfBytes) {
    this.#typeOf = typeOf
  }

  counts(): Counts {
    return {
      types: this.#topTypes(),
      sources: this.#sources.top(),
      prefixes: this.#prefixes.top(),
      hasGaps: this.#hasGaps,
      eventTimes: this.#times.times(),
    }
  }

  add(bytes: Uint8Array, at: number): void {
    const source = sourceLength(bytes, at)
    const attributes = readU16(bytes, at + 30)
    const tag = at + HEADER_BYTES + source + attributes
    const length = tagLength(bytes, at)
    if (attributes > 0) this.#addTime(bytes, at)
    if (repeats(this.#previous, bytes, at + HEADER_BYTES, source, tag, length)) {
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
    this.#times.clear()
    this.#previous.source = -1
  }

  #addTime(bytes: Uint8Array, at: number): void {
    const time = ownEventTime(bytes, at)
    if (time >= 0) this.#times.add(time)
  }

  #addHead(bytes: Uint8Array, start: number, source: number, tag: number, length: number): void {
    const end = segmentsEnd(bytes, tag, tag + length, 2)
    const open = end >= 0
    const prefix = open ? end - tag : length
    this.#hasGaps ||= isGapPrefix(bytes, tag, prefix)
    const counted = this.#sources.add(bytes, start, source)
    const bothCounted = this.#prefixes.add(bytes, tag, prefix) && counted
    Object.assign(this.#previous, { bytes, start, source: bothCounted ? source : -1, tag, prefix, open })
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
    if (attributes > 0 && !isTimeAlone(bytes, tag - attributes, attributes)) {
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

/** Position of the source and tag of the last frame that was counted with a lookup. */
interface Head {
  bytes: Uint8Array
  start: number
  /** Length of the source; -1 if there is nothing to compare with. */
  source: number
  /** Where the tag begins. */
  tag: number
  prefix: number
  /** True if longer tags have the same prefix. */
  open: boolean
}

/** Returns whether a frame repeats the source and prefix of the previous one. Most do, and need no lookup. */
function repeats(
  head: Head,
  bytes: Uint8Array,
  start: number,
  source: number,
  tag: number,
  length: number,
): boolean {
  if (source !== head.source || length < head.prefix) return false
  if (length > head.prefix && !head.open) return false
  const { bytes: before, start: sourceBefore, tag: tagBefore, prefix } = head
  for (let at = 0; at < source; at++) if (bytes[start + at] !== before[sourceBefore + at]) return false
  for (let at = 0; at < prefix; at++) if (bytes[tag + at] !== before[tagBefore + at]) return false
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
