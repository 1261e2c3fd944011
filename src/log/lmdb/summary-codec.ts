import { crc32 } from 'node:zlib'
import type { ErrorCode } from '../../errors/catalogue.js'
import { readU16, readU32, readU64, writeU16, writeU32, writeU64 } from '../../event/frame.js'
import type { ChunkSummary, EventTimes, ProducerRange, TopCounts } from '../event-log.js'
import type { RefusedSpan } from '../refused-spans.js'

/**
 * The summary of one chunk as bytes, little-endian:
 *
 *   offset  size  field
 *        0     1  format: 2, or 1 without the times of events
 *        1     1  flags for complete counts: 1 types, 2 sources, 4 prefixes
 *        2     2  number of types      at most 32, like sources and prefixes
 *        4     2  number of sources
 *        6     2  number of prefixes
 *        8     4  crc32 of the chunk
 *       12     4  number of events
 *       16     4  bytes of the chunk
 *       20     4  number of producers
 *       24     8  first seq
 *       32     8  last seq
 *       40     8  time of the first event, µs
 *       48     8  time of the last event, µs
 *       56     4  number of events that say when they happened    from here on to 92 only in format 2
 *       60    16  first span of these times, µs
 *       76    16  second span; the same again if there is one
 *       92        types, then sources, then prefixes: count u32 · length u16 · UTF-8
 *                 producers: first u64 · last u64 · count u32 · length u16 · UTF-8
 *                 if events of them were refused, for each of those producers: its place in the list u32 · counter up
 *                 to which this is not known u64 · number of spans u32 · spans: first u64 · last u64 · length u16 · code
 *     last     4  crc32 of all bytes before it
 */
const SUMMARY_FORMAT = 2
const HEADER_BYTES = 56
const TIMES_BYTES = 36
const CHECK_BYTES = 4
export const TOP = 32

export interface CountedValue {
  value: Uint8Array
  count: number
}

/** The most frequent values, as bytes. */
export interface TopValues {
  values: readonly CountedValue[]
  complete: boolean
}

/** The part of a summary that is read without decoding the counts. */
export type SummaryHeader = Omit<ChunkSummary, 'types' | 'sources' | 'prefixes' | 'producers' | 'eventTimes'>

export interface SummaryParts extends SummaryHeader, Pick<ChunkSummary, 'eventTimes'> {
  types: TopValues
  sources: TopValues
  prefixes: TopValues
  producers: readonly ProducerRange[]
}

export function encodeSummary(summary: SummaryParts): Uint8Array {
  const groups = [summary.types, summary.sources, summary.prefixes]
  const producers = summary.producers.map((range) => ({ ...range, name: Buffer.from(range.key) }))
  const format = summary.eventTimes === undefined ? 1 : SUMMARY_FORMAT
  const start = listsStart(format)
  const bytes = new Uint8Array(
    start +
      groups.reduce(
        (sum, { values }) => sum + values.reduce((all, { value }) => all + 6 + value.length, 0),
        0,
      ) +
      producers.reduce((sum, { name }) => sum + 22 + name.length, 0) +
      refusedBytes(producers) +
      CHECK_BYTES,
  )
  bytes[0] = format
  bytes[1] = groups.reduce((flags, { complete }, at) => flags | (complete ? 1 << at : 0), 0)
  for (const [at, { values }] of groups.entries()) writeU16(bytes, 2 + 2 * at, values.length)
  writeHeader(bytes, summary, producers.length)
  if (summary.eventTimes !== undefined) writeTimes(bytes, summary.eventTimes)
  let at = start
  for (const { values } of groups) {
    for (const { value, count } of values) {
      writeU32(bytes, at, count)
      at = writeText(bytes, at + 4, value)
    }
  }
  for (const { name, first, last, count } of producers) {
    writeU64(bytes, at, first)
    writeU64(bytes, at + 8, last)
    writeU32(bytes, at + 16, count)
    at = writeText(bytes, at + 20, name)
  }
  at = writeRefused(bytes, at, producers)
  writeU32(bytes, at, crc32(bytes.subarray(0, at)))
  return bytes
}

function refusedBytes(producers: readonly ProducerRange[]): number {
  let sum = 0
  for (const { refused } of producers)
    if (refused !== undefined) sum += refused.reduce((all, { code }) => all + 18 + code.length, 16)
  return sum
}

function writeRefused(bytes: Uint8Array, start: number, producers: readonly ProducerRange[]): number {
  let at = start
  for (const [place, { refused, forgotten = 0 }] of producers.entries()) {
    if (refused === undefined) continue
    writeU32(bytes, at, place)
    writeU64(bytes, at + 4, forgotten)
    writeU32(bytes, at + 12, refused.length)
    at += 16
    for (const { first, last, code } of refused) {
      writeU64(bytes, at, first)
      writeU64(bytes, at + 8, last)
      at = writeText(bytes, at + 16, Buffer.from(code, 'latin1'))
    }
  }
  return at
}

function writeHeader(bytes: Uint8Array, header: SummaryHeader, producers: number): void {
  writeU32(bytes, 8, header.crc32)
  writeU32(bytes, 12, header.count)
  writeU32(bytes, 16, header.bytes)
  writeU32(bytes, 20, producers)
  writeU64(bytes, 24, header.firstSeq)
  writeU64(bytes, 32, header.lastSeq)
  writeU64(bytes, 40, header.firstTime)
  writeU64(bytes, 48, header.lastTime)
}

function writeTimes(bytes: Uint8Array, { count, spans }: EventTimes): void {
  writeU32(bytes, HEADER_BYTES, count)
  for (const [nth, at] of [HEADER_BYTES + 4, HEADER_BYTES + 20].entries()) {
    const { from, to } = spans[nth] ?? spans[0] ?? { from: 0, to: 0 }
    writeU64(bytes, at, from)
    writeU64(bytes, at + 8, to)
  }
}

/** Where the lists of a summary of this format begin. */
function listsStart(format: number): number {
  return format === SUMMARY_FORMAT ? HEADER_BYTES + TIMES_BYTES : HEADER_BYTES
}

function writeText(bytes: Uint8Array, at: number, text: Uint8Array): number {
  writeU16(bytes, at, text.length)
  bytes.set(text, at + 2)
  return at + 2 + text.length
}

/** Returns whether bytes may begin a summary. */
export function isSummaryFormat(format: number): boolean {
  return format === 1 || format === SUMMARY_FORMAT
}

/** Throws RangeError if the bytes are not a summary of a known format. */
export function readSummaryHeader(bytes: Uint8Array): SummaryHeader {
  const end = bytes.length - CHECK_BYTES
  if (!isSummaryFormat(bytes[0]) || end < listsStart(bytes[0]))
    throw new RangeError('not a summary of a known format')
  if (crc32(bytes.subarray(0, end)) !== readU32(bytes, end)) {
    throw new RangeError('the checksum of a summary is wrong')
  }
  return {
    crc32: readU32(bytes, 8),
    count: readU32(bytes, 12),
    bytes: readU32(bytes, 16),
    firstSeq: readU64(bytes, 24),
    lastSeq: readU64(bytes, 32),
    firstTime: readU64(bytes, 40),
    lastTime: readU64(bytes, 48),
  }
}

export function decodeSummary(bytes: Uint8Array): ChunkSummary {
  const header = readSummaryHeader(bytes)
  const texts = new TextReader(bytes, listsStart(bytes[0]))
  const groups = [0, 1, 2].map((group) =>
    readCounts(texts, readU16(bytes, 2 + 2 * group), bytes[1] & (1 << group)),
  )
  const producers = Array.from({ length: readU32(bytes, 20) }, () => readProducer(texts))
  while (!texts.isAtEnd) readRefused(texts, producers)
  const eventTimes = readEventTimes(bytes)
  return {
    ...header,
    types: groups[0],
    sources: groups[1],
    prefixes: groups[2],
    producers,
    ...(eventTimes && { eventTimes }),
  }
}

/** Returns when the events of a sound summary happened; undefined if it does not say. */
export function readEventTimes(bytes: Uint8Array): EventTimes | undefined {
  if (bytes[0] !== SUMMARY_FORMAT) return undefined
  const count = readU32(bytes, HEADER_BYTES)
  const [earlier, later] = [HEADER_BYTES + 4, HEADER_BYTES + 20].map((at) => ({
    from: readU64(bytes, at),
    to: readU64(bytes, at + 8),
  }))
  const isOne = earlier.from === later.from
  return { count, spans: count === 0 ? [] : isOne ? [earlier] : [earlier, later] }
}

/** Returns the prefixes of a sound summary, which reads of few tags need. */
export function readPrefixes(bytes: Uint8Array): TopCounts {
  const texts = new TextReader(bytes, listsStart(bytes[0]))
  for (let left = readU16(bytes, 2) + readU16(bytes, 4); left > 0; left--) texts.skipCount()
  return readCounts(texts, readU16(bytes, 6), bytes[1] & (1 << 2))
}

function readCounts(texts: TextReader, length: number, complete: number): TopCounts {
  const counts = Array.from({ length }, (): [string, number] => {
    const count = texts.u32()
    return [texts.text(), count]
  })
  return { counts, complete: complete !== 0 }
}

function readProducer(texts: TextReader): ProducerRange {
  const first = texts.u64()
  const last = texts.u64()
  const count = texts.u32()
  return { key: texts.text(), first, last, count }
}

function readRefused(texts: TextReader, producers: ProducerRange[]): void {
  const producer = producers[texts.u32()]
  const forgotten = texts.u64()
  const refused: RefusedSpan[] = []
  for (let left = texts.u32(); left > 0; left--) {
    const first = texts.u64()
    const last = texts.u64()
    refused.push({ first, last, code: texts.text() as ErrorCode })
  }
  if (producer === undefined) throw new RangeError('the summary names a producer that it does not have')
  producer.refused = refused
  if (forgotten > 0) producer.forgotten = forgotten
}

class TextReader {
  readonly #bytes: Uint8Array
  #at: number

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes
    this.#at = at
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length - CHECK_BYTES
  }

  u32(): number {
    return readU32(this.#bytes, this.#step(4))
  }

  u64(): number {
    return readU64(this.#bytes, this.#step(8))
  }

  text(): string {
    const length = readU16(this.#bytes, this.#step(2))
    const start = this.#step(length)
    return Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + start, length).toString()
  }

  skipCount(): void {
    this.u32()
    this.#step(readU16(this.#bytes, this.#step(2)))
  }

  #step(bytes: number): number {
    const at = this.#at
    if (at + bytes > this.#bytes.length) throw new RangeError('the summary is cut short')
    this.#at = at + bytes
    return at
  }
}
