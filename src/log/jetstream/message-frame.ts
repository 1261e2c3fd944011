import {
  HEADER_BYTES,
  MAX_ATTRIBUTES_BYTES,
  MAX_SOURCE_BYTES,
  MAX_TAG_BYTES,
  SEPARATOR_BYTES,
  setFrameSeq,
  setFrameTime,
  tagStart,
  writeHeader,
} from '../../event/frame.js'
import type { RawMessage } from '../../storage/nats/raw-message.js'
import type { ProducerRange } from '../event-log.js'
import { decodeHeader, type EventHeader, NO_SOURCE } from './event-message.js'
import { digitsAt, ProducerReader } from './producer-reader.js'

/** The parts of a message from which a frame is made. */
export type FrameMessage = Pick<RawMessage, 'bytes' | 'start' | 'payloadStart' | 'end' | 'header'>

/**
 * Makes frames of messages, one at a time, from the bytes of their headers: texts and objects for each line take several
 * times as long. `decodeHeader` reads the same headers, and all that have something rare.
 */
export class MessageFrame {
  /** Size of the frame, bytes. */
  bytes = 0
  term = 0
  /** Until the next message is read. */
  producers: readonly ProducerRange[] = none
  readonly #producer: ProducerRange[] = []
  readonly #counters = new ProducerReader()
  #bytes: Uint8Array = new Uint8Array(0)
  #payload = 0
  #end = 0
  #kind = 0
  #tagAt = 0
  #tagEnd = 0
  #sourceAt = 0
  #sourceEnd = 0
  /** The values in the header, if it has something that is rare. */
  #decoded: EventHeader | undefined

  /** Returns false if no hub has written the message. Its bytes are needed until the frame is written. */
  read(message: FrameMessage, seq: number): boolean {
    const { bytes, start, payloadStart, end } = message
    this.#bytes = bytes
    this.#payload = payloadStart
    this.#end = end
    this.#decoded = undefined
    if (!this.#scan(bytes, start, payloadStart)) {
      const decoded = decodeHeader(message.header)
      if (decoded === undefined) return false
      this.#decoded = decoded
      this.term = decoded.term
      this.producers = decoded.producers
    }
    const { tag, source, attributes } = this.#lengths()
    this.bytes = HEADER_BYTES + source + attributes + tag + SEPARATOR_BYTES + end - payloadStart
    // A term is the place of a message before all of its own.
    return (
      tag > 0 &&
      tag <= MAX_TAG_BYTES &&
      source <= MAX_SOURCE_BYTES &&
      attributes <= MAX_ATTRIBUTES_BYTES &&
      this.term <= seq
    )
  }

  /** Writes the frame at `at`. */
  write(memory: Buffer, at: number, seq: number, time: number): void {
    const { tag, source, attributes } = this.#lengths()
    const kind = this.#decoded?.kind ?? this.#kind
    writeHeader(memory, at, this.bytes, 0, tag, kind, source, attributes)
    setFrameSeq(memory, at, seq)
    setFrameTime(memory, at, time)
    const tagAt = tagStart(memory, at)
    if (this.#decoded === undefined) {
      copy(this.#bytes, this.#sourceAt, this.#sourceEnd, memory, at + HEADER_BYTES)
      copy(this.#bytes, this.#tagAt, this.#tagEnd, memory, tagAt)
    } else {
      memory.write(this.#decoded.source, at + HEADER_BYTES, 'latin1')
      memory.set(this.#decoded.attributes, at + HEADER_BYTES + source)
      memory.write(this.#decoded.tag, tagAt, 'latin1')
    }
    const separator = tagAt + tag
    memory[separator] = LINE_FEED
    memory[separator + 1] = LINE_FEED
    copy(this.#bytes, this.#payload, this.#end, memory, separator + SEPARATOR_BYTES)
  }

  #lengths(): { tag: number; source: number; attributes: number } {
    if (this.#decoded !== undefined) {
      const { tag, source, attributes } = this.#decoded
      return { tag: tag.length, source: source.length, attributes: attributes.length }
    }
    return { tag: this.#tagEnd - this.#tagAt, source: this.#sourceEnd - this.#sourceAt, attributes: 0 }
  }

  /** Reads the lines of a header. Returns false if one is rare, or not as a hub writes it. */
  #scan(data: Uint8Array, from: number, end: number): boolean {
    this.#kind = this.term = 0
    this.producers = none
    this.#tagAt = this.#tagEnd = this.#sourceAt = this.#sourceEnd = 0
    let start = lineEnd(data, from, end) + 2
    for (;;) {
      const stop = lineEnd(data, start, end)
      if (stop < 0) return false
      if (stop === start) return this.#tagAt > 0 && this.term > 0
      if (!this.#take(data, start, stop)) return false
      start = stop + 2
    }
  }

  #take(data: Uint8Array, start: number, stop: number): boolean {
    const letter = data[start]
    if (letter === LETTER_C) return this.#takeAttribute(data, start, stop)
    if (letter !== LETTER_T) return true
    if (isNamed(data, start, stop, TERM)) {
      this.term = digitsAt(data, start + TERM.length, stop)
      return this.term > 0
    }
    if (isNamed(data, start, stop, PRODUCER)) return this.#takeProducer(data, start + PRODUCER.length, stop)
    return !isNamed(data, start, stop, OWN) || isNamed(data, start, stop, COPIED)
  }

  #takeProducer(data: Uint8Array, start: number, stop: number): boolean {
    const range = this.#counters.read(data, start, stop)
    if (range === undefined) return false
    if (this.producers === none) {
      this.#producer[0] = range
      this.producers = this.#producer
    } else this.producers = [...this.producers, range]
    return true
  }

  #takeAttribute(data: Uint8Array, start: number, stop: number): boolean {
    const letter = data[start + 3]
    if (letter !== LETTER_S && letter !== LETTER_K) return true
    if (isNamed(data, start, stop, SUBJECT)) {
      if (this.#tagAt > 0) return false
      this.#tagAt = start + SUBJECT.length
      this.#tagEnd = stop
      return isPlain(data, this.#tagAt, stop)
    }
    if (isNamed(data, start, stop, SOURCE)) {
      if (this.#sourceAt > 0) return false
      this.#sourceAt = start + SOURCE.length
      this.#sourceEnd = stop
      if (stop === this.#sourceAt + 1 && data[this.#sourceAt] === NO_SOURCE_BYTE) this.#sourceEnd--
      return isPlain(data, this.#sourceAt, stop)
    }
    if (isNamed(data, start, stop, KIND)) {
      this.#kind = digitsAt(data, start + KIND.length, stop)
      return this.#kind > 0
    }
    for (const name of OTHER_FORMS) if (isNamed(data, start, stop, name)) return false
    return true
  }
}

/** Returns where the line that begins at `at` ends; -1 if it does not. */
function lineEnd(data: Uint8Array, at: number, end: number): number {
  for (let next = at; next < end - 1; next++)
    if (data[next] === CARRIAGE_RETURN && data[next + 1] === LINE_FEED) return next
  return -1
}

function isNamed(data: Uint8Array, start: number, stop: number, name: Uint8Array): boolean {
  if (stop - start < name.length) return false
  for (let at = 0; at < name.length; at++) if (data[start + at] !== name[at]) return false
  return true
}

/** Returns whether a value is in the form that stands for itself. */
function isPlain(data: Uint8Array, start: number, stop: number): boolean {
  for (let at = start; at < stop; at++) {
    const byte = data[at]
    if (byte <= SPACE || byte >= DELETE || byte === PERCENT) return false
  }
  return stop > start
}

/** A loop takes less than a call into the runtime for the few bytes of most parts. */
function copy(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): void {
  if (end - start > LOOP_BYTES) to.set(from.subarray(start, end), at)
  else for (let next = start; next < end; next++) to[at + next - start] = from[next]
}

const SUBJECT = Buffer.from('ce-subject: ')
const SOURCE = Buffer.from('ce-source: ')
const TERM = Buffer.from('tocsin-term: ')
const KIND = Buffer.from('ce-kind: ')
/** The beginning of a header line that does not matter for a frame. */
const COPIED = Buffer.from('tocsin-copied: ')
const PRODUCER = Buffer.from('tocsin-producer: ')
/** Without the end of the name, so that no other form of these lines is missed. */
const OWN = Buffer.from('tocsin-')
const OTHER_FORMS = ['ce-subject', 'ce-source', 'ce-kind'].map((name) => Buffer.from(name))
const NO_SOURCE_BYTE = NO_SOURCE.charCodeAt(0)
const LETTER_C = 0x63
const LETTER_K = 0x6b
const LETTER_S = 0x73
const LETTER_T = 0x74
const LOOP_BYTES = 64
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const SPACE = 0x20
const PERCENT = 0x25
const DELETE = 0x7f
const none: readonly ProducerRange[] = []
