import {
  attributesLength,
  bodyStart,
  frameKind,
  sourceLength,
  sourceStart,
  tagLength,
  tagStart,
} from '../../event/frame.js'
import type { ProducerRange } from '../event-log.js'
import { headerParts, producerLines, type Term } from './event-message.js'

/** The source of a message: the frame from `at` to `next`, for the place `place`. */
export interface PlainSource {
  frames: Buffer
  at: number
  next: number
  place: number
  producers: readonly ProducerRange[] | undefined
  /** The subject for the answer, or nothing. */
  reply: string
}

/**
 * Writes messages of frames that are like most: without attributes and kind, and with a tag that is its own subject but
 * for the slashes. They are the bytes of `headerOf`, written without a text of each part, which takes half of the time.
 */
export class PlainMessages {
  readonly #term: Term
  readonly #subject: Buffer
  readonly #id: Buffer
  /** The last source, and everything before the tag that it is in. */
  #source: Buffer = none
  #head: Buffer = none
  /** Everything from the id to the producers, by type, and that of the last message. */
  readonly #types = new Map<string, Buffer>()
  #type: Buffer = none
  /** The last key of a producer, and how the line ends that it is in. */
  #key = ''
  #keyEnd: Buffer = none
  #header = 0
  /** Header and payload of the message that was prepared last, bytes. */
  size = 0

  constructor(term: Term) {
    this.#term = term
    this.#subject = Buffer.from(`HPUB ${term.texts.subjectStart}`, 'latin1')
    this.#id = Buffer.from(`\r\nce-id: ${term.epoch}-`, 'latin1')
  }

  /** Returns how long the message is; -1 if it is not such a message. */
  prepare({ frames, at, next, place, producers, reply }: PlainSource): number {
    const tagAt = tagStart(frames, at)
    const tagEnd = tagAt + tagLength(frames, at)
    const isRare = attributesLength(frames, at) > 0 || frameKind(frames, at) !== 0
    if (isRare || this.#term.lines !== undefined || (producers?.length ?? 0) > 1) return -1
    if (producers?.[0]?.refused !== undefined) return -1
    if (!areTokens(frames, tagAt, tagEnd)) return -1
    this.#readSource(frames, at)
    this.#readType(frames, tagAt, tagEnd)
    this.#header =
      this.#head.length +
      (tagEnd - tagAt) +
      this.#id.length +
      digitsOf(place) +
      this.#type.length +
      this.#producerLength(producers) +
      EXPECTED.length +
      digitsOf(place - 1) +
      HEADER_END.length
    this.size = this.#header + next - bodyStart(frames, at)
    const subject = this.#subject.length + tagEnd - tagAt + 1
    const answer = reply === '' ? 0 : reply.length + 1
    const sizes = digitsOf(this.#header) + 1 + digitsOf(this.size)
    return subject + answer + sizes + this.size + 2 * LINE_END.length
  }

  /** Writes the message that was prepared at `to`. Returns its end. */
  write({ frames, at, next, place, producers, reply }: PlainSource, memory: Buffer, to: number): number {
    const tagAt = tagStart(frames, at)
    const tagEnd = tagAt + tagLength(frames, at)
    let end = copyTokens(frames, tagAt, tagEnd, memory, copy(this.#subject, memory, to))
    memory[end++] = SPACE
    if (reply !== '') {
      end += memory.write(reply, end, 'latin1')
      memory[end++] = SPACE
    }
    end = writeNumber(this.#header, memory, end)
    memory[end++] = SPACE
    end = copy(LINE_END, memory, writeNumber(this.size, memory, end))
    end = copyRange(frames, tagAt, tagEnd, memory, copy(this.#head, memory, end))
    end = writeNumber(place, memory, copy(this.#id, memory, end))
    end = this.#writeProducer(producers, memory, copy(this.#type, memory, end))
    end = writeNumber(place - 1, memory, copy(EXPECTED, memory, end))
    end = copyRange(frames, bodyStart(frames, at), next, memory, copy(HEADER_END, memory, end))
    return copy(LINE_END, memory, end)
  }

  #readSource(frames: Buffer, at: number): void {
    const start = sourceStart(frames, at)
    const length = sourceLength(frames, at)
    if (this.#head !== none && isAt(frames, start, length, this.#source)) return
    this.#source = Buffer.from(frames.subarray(start, start + length))
    const line = this.#term.texts.ofSource(this.#source.toString('latin1'))
    this.#head = Buffer.from(`${headerParts.start}${line}ce-subject: `, 'latin1')
  }

  #readType(frames: Buffer, tagAt: number, tagEnd: number): void {
    const { typeOf, typeOfBytes, number } = this.#term
    const type = typeOfBytes?.(frames, tagAt, tagEnd) ?? typeOf(frames.toString('latin1', tagAt, tagEnd))
    let lines = this.#types.get(type)
    if (lines === undefined) {
      lines = Buffer.from(headerParts.afterId(type, number), 'latin1')
      if (this.#types.size >= MAX_TYPES) this.#types.clear()
      this.#types.set(type, lines)
    }
    this.#type = lines
  }

  #producerLength(producers: PlainSource['producers']): number {
    if (producers === undefined || producers.length === 0) return 0
    const [{ key, first, last, count }] = producers
    if (key !== this.#key) {
      const text = producerLines(producers)
      // The key is the last word of the line.
      this.#keyEnd = Buffer.from(text.slice(text.lastIndexOf(' ')), 'latin1')
      this.#key = key
    }
    return PRODUCER.length + digitsOf(first) + digitsOf(last) + digitsOf(count) + 2 + this.#keyEnd.length
  }

  #writeProducer(producers: PlainSource['producers'], memory: Buffer, to: number): number {
    if (producers === undefined || producers.length === 0) return to
    const [{ first, last, count }] = producers
    let end = writeNumber(first, memory, copy(PRODUCER, memory, to))
    memory[end++] = SPACE
    end = writeNumber(last, memory, end)
    memory[end++] = SPACE
    return copy(this.#keyEnd, memory, writeNumber(count, memory, end))
  }
}

/** Returns whether the segments of a tag are tokens of a subject as they are. */
function areTokens(bytes: Buffer, start: number, stop: number): boolean {
  if (stop - start > MAX_TAG) return false
  let tokens = 1
  let token = 0
  for (let at = start; at < stop; at++) {
    const kind = KINDS[bytes[at]]
    if (kind === LETTER) token++
    else if (kind === SLASH && token > 0) {
      tokens++
      token = 0
    } else return false
    if (token > MAX_TOKEN) return false
  }
  return token > 0 && tokens <= MAX_TOKENS
}

/** Writes the subject of such a tag. Returns its end. */
function copyTokens(from: Buffer, start: number, stop: number, to: Buffer, at: number): number {
  let end = at
  for (let next = start; next < stop; next++) to[end++] = from[next] === SLASH_BYTE ? DOT : from[next]
  return end
}

/** Returns the number of digits. */
function digitsOf(value: number): number {
  let digits = 1
  for (let limit = 10; value >= limit; limit *= 10) digits++
  return digits
}

function writeNumber(value: number, to: Buffer, at: number): number {
  const end = at + digitsOf(value)
  let left = value
  for (let next = end - 1; next >= at; next--) {
    const tenth = Math.floor(left / 10)
    to[next] = left - tenth * 10 + ZERO
    left = tenth
  }
  return end
}

function copy(from: Buffer, to: Buffer, at: number): number {
  return copyRange(from, 0, from.length, to, at)
}

/** A loop takes less than a call into the runtime for few bytes. */
function copyRange(from: Buffer, start: number, stop: number, to: Buffer, at: number): number {
  if (stop - start > LOOP_BYTES) from.copy(to, at, start, stop)
  else for (let next = start; next < stop; next++) to[at + next - start] = from[next]
  return at + stop - start
}

function isAt(bytes: Buffer, start: number, length: number, text: Buffer): boolean {
  if (length !== text.length) return false
  for (let at = 0; at < length; at++) if (bytes[start + at] !== text[at]) return false
  return true
}

const none = Buffer.alloc(0)
const PRODUCER = Buffer.from(headerParts.producer, 'latin1')
const EXPECTED = Buffer.from(headerParts.expected, 'latin1')
const LINE_END = Buffer.from('\r\n')
const HEADER_END = Buffer.from('\r\n\r\n')
const MAX_TYPES = 1024
const LOOP_BYTES = 48
/** Well within what a subject takes as it is. */
const MAX_TAG = 400 - 1
const MAX_TOKEN = 96
const MAX_TOKENS = 16
const SPACE = 0x20
const DOT = 0x2e
const SLASH_BYTE = 0x2f
const ZERO = 0x30
const LETTER = 1
const SLASH = 2
/** The role of each byte in a tag; 0 for all others. */
const KINDS = new Uint8Array(256)
for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_')
  KINDS[letter.charCodeAt(0)] = LETTER
KINDS[SLASH_BYTE] = SLASH
