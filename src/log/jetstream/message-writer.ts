import { TocsinError } from '../../errors/tocsin-error.js'
import { bodyStart, frameBytes } from '../../event/frame.js'
import { WIRE_EXTRA, wireLine } from '../../storage/nats/wire.js'
import type { FrameBatch } from '../event-log.js'
import { headerOf, producerLines, producersOfFrames, type Term } from './event-message.js'
import { PlainMessages, type PlainSource } from './plain-message.js'

const CHUNK_BYTES = 256 * 1024
/** Bytes of a message beside its frame, if it has no attributes. */
const EXPECTED_EXTRA = 512
const LINE_END = Buffer.from('\r\n')

/** Messages at places one after another, in the form of NATS's protocol. */
export interface WireRun {
  bytes: Uint8Array
  /** The end of each message in the bytes. */
  ends: number[]
}

/** A message in its parts. The header is ASCII. */
export interface OutgoingMessage {
  subject: string
  header: string
  payload: Uint8Array
}

/** Returns a run of one message. */
export function runOf({ subject, header, payload }: OutgoingMessage, reply: string): WireRun {
  const text = wireLine(subject, reply, header.length, payload.length) + header
  const bytes = Buffer.concat([Buffer.from(text), payload, LINE_END])
  return { bytes, ends: [bytes.length] }
}

export interface Placing {
  /** The place of the first message. */
  first: number
  /** Returns the subject for the answer to the message at a place; empty if it is to have none. */
  replyOf(place: number, isLast: boolean): string
}

/** More than a header needs beyond what is in the frame: attributes twice, and bytes that become three characters. */
const HEADER_ROOM = 32 * 1024

/** The largest frame whose message is no larger than a server takes, unless its tag is longer than most hubs allow. */
export function largestFrameOf(maxPayload: number): number {
  return Math.max(maxPayload >> 1, maxPayload - HEADER_ROOM)
}

/** Encodes the messages of one term. */
export class MessageWriter {
  readonly #term: Term
  readonly #plain: PlainMessages
  readonly #maxPayload: () => number
  #memory = Buffer.allocUnsafeSlow(CHUNK_BYTES)
  #start = 0
  #end = 0

  /** @param maxPayload largest message with its header, bytes */
  constructor(term: Term, maxPayload: () => number) {
    this.#term = term
    this.#plain = new PlainMessages(term)
    this.#maxPayload = maxPayload
  }

  /** Encodes all frames of a batch, whose memory may be used again, or none. */
  write(batch: FrameBatch, { first, replyOf }: Placing): WireRun | TocsinError {
    const frames = Buffer.from(batch.bytes.buffer, batch.bytes.byteOffset, batch.bytes.length)
    const producers = producersOfFrames(batch)
    const ends: number[] = []
    const maxPayload = this.#maxPayload()
    this.#start = this.#end
    this.#reserve(frames.length + batch.count * EXPECTED_EXTRA)
    for (let at = 0, next = 0; at < frames.length; at = next) {
      next = at + frameBytes(frames, at)
      const place = first + ends.length
      const reply = replyOf(place, next === frames.length)
      const size = this.#write({ frames, at, next, place, producers: producers[ends.length], reply })
      if (size > maxPayload) return this.#tooLarge(size)
      ends.push(this.#end - this.#start)
    }
    return { bytes: this.#memory.subarray(this.#start, this.#end), ends }
  }

  /** Writes a message. Returns the size of its header and payload. */
  #write(source: PlainSource): number {
    const { frames, at, next, place, producers = [], reply } = source
    const bytes = this.#plain.prepare(source)
    if (bytes > 0) {
      this.#reserve(bytes)
      this.#end = this.#plain.write(source, this.#memory, this.#end)
      return this.#plain.size
    }
    const { subject, header } = headerOf(frames, at, place, producerLines(producers), this.#term)
    const payload = next - bodyStart(frames, at)
    this.#reserve(WIRE_EXTRA + subject.length + reply.length + header.length + payload)
    this.#add(wireLine(subject, reply, header.length, payload) + header, frames, next - payload, next)
    return header.length + payload
  }

  #add(text: string, frames: Buffer, body: number, end: number): void {
    this.#end += this.#memory.write(text, this.#end, 'latin1')
    this.#end += frames.copy(this.#memory, this.#end, body, end)
    this.#end += LINE_END.copy(this.#memory, this.#end)
  }

  /** Makes room behind what was written of this run, which stays in one piece. Earlier runs keep their memory. */
  #reserve(bytes: number): void {
    if (this.#end + bytes <= this.#memory.length) return
    const written = this.#end - this.#start
    const memory = Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, 2 * (written + bytes)))
    this.#memory.copy(memory, 0, this.#start, this.#end)
    this.#memory = memory
    this.#start = 0
    this.#end = written
  }

  #tooLarge(bytes: number): TocsinError {
    this.#end = this.#start
    const limit = this.#maxPayload()
    return new TocsinError(
      'TCN_NATS_PAYLOAD',
      `an event of ${bytes} bytes with its header; NATS takes ${limit}`,
      { details: { bytes, limit } },
    )
  }
}
