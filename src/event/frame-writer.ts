import { TocsinError } from '../errors/tocsin-error.js'
import { type Attributes, encodeAttributes } from './attributes.js'
import {
  DEFAULT_MAX_FRAME_BYTES,
  HEADER_BYTES,
  MAX_SOURCE_BYTES,
  MAX_TAG_BYTES,
  SEPARATOR_BYTES,
  setFrameSeq,
  setFrameTime,
  writeHeader,
} from './frame.js'
import type { WalkedBody } from './frame-walk.js'
import { Encoder, SPARE_BYTES } from './msgpack/encoder.js'
import { TimeAttribute } from './time-attribute.js'

export interface FrameWriterOptions {
  /** The source of events that have none of their own. */
  source?: string
  /** Counter of the first event. Default: 1. */
  firstCounter?: number
  /** Largest frame in bytes. Default: 16 MiB. */
  maxFrame?: number
  /** Bytes allocated at a time once there is much to write. Default: 512 KiB. */
  slabBytes?: number
  /** True if all tags may have control characters, as on a bus of Salt. */
  controls?: boolean
}

export interface WriteOptions {
  /** Events of another source are relayed as they are: their tags may have control characters, as Salt's may. */
  source?: string
  attributes?: Attributes
  kind?: number
  /** The result of a walk of an encoded body. */
  walked?: WalkedBody
}

/** Writes the tag and the body of an event in place. */
export interface EventWriter {
  /** Bytes of the tag, which is UTF-8 without control characters. */
  readonly tagBytes: number
  /** The result that a walk would have for any body that it writes. */
  readonly walked: WalkedBody
  writeTag(slab: Uint8Array, at: number): void
  /** Returns the offset after the body, -1 if the slab is too small, and less if there is no body. */
  writeBody(slab: Uint8Array, at: number): number
}

/** Frames that are back to back. */
export interface WrittenFrames {
  bytes: Uint8Array
  count: number
  /** The counters of the first and the last frame. */
  first: number
  last: number
  /** The result of a walk of all the bodies, which then need not be walked again. */
  walked: WalkedBody | undefined
  /** True if the writer does not use the memory again. */
  given: boolean
}

/**
 * Turns events into frames, one after another in slabs of memory, without an object per event. Written bytes
 * never change, so that callers can keep them and send them again.
 *
 * @example
 * const writer = new FrameWriter({ source: 'web1' })
 * writer.write('host/web1/load', { load1: 0.5 }) // 1, the counter of the event
 * for (const event of iterateFrames(writer.take()?.bytes ?? new Uint8Array())) console.log(event.tag) // host/web1/load
 */
export class FrameWriter {
  /** Largest frame in bytes. It may change when the hub announces its limit. */
  maxFrame: number
  readonly #encoder = new Encoder()
  readonly #slabBytes: number
  readonly #controls: boolean
  readonly #done: WrittenFrames[] = []
  #slab: Uint8Array<ArrayBuffer> = nothing
  /** Grows up to `#slabBytes`, so that writing little takes little memory. */
  #slabSize = 4096
  /** The offset in the slab at which the frames not yet taken begin; `#at` is that of the next frame. */
  #from = 0
  #at = 0
  #count = 0
  #counter: number
  #pendingBytes = 0
  #busy = false
  /** The result of a walk of the bodies of all frames that are not yet taken. */
  #walked: WalkedBody | undefined
  readonly #source: Uint8Array
  #otherText = ''
  #other: Uint8Array = nothing
  readonly #times = new TimeAttribute()

  constructor(options: FrameWriterOptions = {}) {
    this.maxFrame = options.maxFrame ?? DEFAULT_MAX_FRAME_BYTES
    this.#slabBytes = options.slabBytes ?? 512 * 1024
    this.#counter = options.firstCounter ?? 1
    this.#controls = options.controls ?? false
    this.#source = encodeSource(options.source ?? '')
  }

  /** The counter of the next event. */
  get nextCounter(): number {
    return this.#counter
  }

  /** The number of bytes that are written but not yet taken. */
  get pendingBytes(): number {
    return this.#pendingBytes
  }

  /**
   * Writes one event and returns its counter. Throws and writes nothing if the event does not fit a frame.
   */
  write(tag: string, data: unknown, options?: WriteOptions): number {
    return this.#frame(tag, data, undefined, options)
  }

  /** The same for a body that is already msgpack; it is copied unchanged, or the frame is written around it. */
  writeEncoded(tag: string, body: Uint8Array, options?: WriteOptions): number {
    return this.#frame(tag, undefined, body, options)
  }

  /** The same for tag and body that are written in place. Returns 0 and writes nothing if there is no body. */
  writeFrom(event: EventWriter): number {
    const source = this.#source
    for (;;) {
      const at = this.#at
      const slab = this.#slab
      const tagAt = at + HEADER_BYTES + source.length
      const separatorAt = tagAt + event.tagBytes
      const bodyAt = separatorAt + SEPARATOR_BYTES
      const end = bodyAt > slab.length ? -1 : event.writeBody(slab, bodyAt)
      if (end >= 0) {
        if (end - at > this.maxFrame) throw tooLarge(end - at, this.maxFrame)
        copyBytes(source, 0, source.length, slab, at + HEADER_BYTES)
        event.writeTag(slab, tagAt)
        this.#head(at, end, separatorAt, source.length, 0, 0)
        return this.#close(end, event.walked)
      }
      if (end < -1) return 0
      this.#enlarge()
    }
  }

  /** Skips the next counter. The frames of one `take` never span such a hole. */
  skip(): void {
    this.#seal()
    this.#counter++
  }

  /** The next contiguous frames, oldest first; undefined if everything was taken. */
  take(): WrittenFrames | undefined {
    if (this.#done.length === 0) this.#seal()
    const piece = this.#done.shift()
    if (piece !== undefined) this.#pendingBytes -= piece.bytes.length
    return piece
  }

  /** Says that nobody needs the frames taken so far any more, so that their memory can be written again. */
  reuse(): void {
    if (this.#count > 0 || this.#done.length > 0) return
    this.#from = 0
    this.#at = 0
  }

  #frame(
    tag: string,
    data: unknown,
    body: Uint8Array | undefined,
    options: WriteOptions | undefined,
  ): number {
    if (this.#busy) throw new TocsinError('TCN_BODY_UNSUPPORTED', 'reading the data wrote another event')
    this.#busy = true
    try {
      const source = options?.source === undefined ? this.#source : this.#encodeOther(options.source)
      const given = options?.attributes
      const attributes =
        given === undefined ? nothing : (this.#times.encode(given) ?? encodeAttributes(given))
      const kind = options?.kind ?? 0
      const controls = this.#controls || options?.source !== undefined
      const walked = body !== undefined && body.length >= APART_BYTES ? options?.walked : undefined
      if (walked !== undefined) this.#seal()
      const around = this.#around(tag, source, attributes, kind, body, controls, walked)
      if (around > 0) return around
      for (;;) {
        const end = this.#fill(tag, source, attributes, kind, data, body, controls)
        if (end >= 0) {
          const counter = this.#close(end, walked)
          if (walked !== undefined) this.#seal()
          return counter
        }
        this.#enlarge(attributes.length + 3 * tag.length + (body?.length ?? 0) + MOST_OTHER_BYTES)
      }
    } finally {
      this.#busy = false
    }
  }

  /** Writes the frame around a body that has room for it. Returns its counter, or 0 if the room is too small. */
  #around(
    tag: string,
    source: Uint8Array,
    attributes: Uint8Array,
    kind: number,
    body: Uint8Array | undefined,
    controls: boolean,
    walked: WalkedBody | undefined,
  ): number {
    if (body === undefined || walked?.room === undefined) return 0
    const tagBytes = utf8.encode(tag).length
    const head = HEADER_BYTES + source.length + attributes.length + tagBytes + SEPARATOR_BYTES
    if (head > walked.room) return 0
    const [slab, at] = [this.#slab, this.#at]
    this.#use(new Uint8Array(body.buffer as ArrayBuffer, body.byteOffset - head, head + body.length))
    try {
      const end = this.#fill(tag, source, attributes, kind, undefined, body, controls)
      if (end < 0) return 0
      const counter = this.#close(end, walked)
      this.#seal(true)
      return counter
    } finally {
      this.#use(slab, at)
    }
  }

  /** Writes a frame at `#at`. Returns the offset after it, or -1 if the slab is too small. */
  #fill(
    tag: string,
    source: Uint8Array,
    attributes: Uint8Array,
    kind: number,
    data: unknown,
    body: Uint8Array | undefined,
    controls: boolean,
  ) {
    const at = this.#at
    const slab = this.#slab
    const tagAt = at + HEADER_BYTES + source.length + attributes.length
    if (typeof tag !== 'string')
      throw new TocsinError('TCN_BODY_UNSUPPORTED', `a tag cannot be a ${typeof tag}`)
    if (tagAt + tag.length * 3 + SEPARATOR_BYTES + SPARE_BYTES > slab.length) {
      if (tag.length > MAX_TAG_BYTES) throw new TocsinError('TCN_TAG_TOO_LONG')
      return -1
    }
    copyBytes(source, 0, source.length, slab, at + HEADER_BYTES)
    if (attributes.length > 0) slab.set(attributes, tagAt - attributes.length)
    const separatorAt = writeTag(tag, slab, tagAt, controls)
    const bodyAt = separatorAt + SEPARATOR_BYTES
    const end =
      body === undefined ? this.#encoder.encodeInto(data, slab, bodyAt) : writeBody(body, slab, bodyAt)
    if (end < 0) return end
    if (end - at > this.maxFrame) throw tooLarge(end - at, this.maxFrame)
    this.#head(at, end, separatorAt, source.length, attributes.length, kind)
    return end
  }

  /** Writes everything in the frame except the texts and the body. */
  #head(
    at: number,
    end: number,
    separatorAt: number,
    sourceLength: number,
    attributesLength: number,
    kind: number,
  ): void {
    const slab = this.#slab
    const tagLength = separatorAt - at - HEADER_BYTES - sourceLength - attributesLength
    slab[separatorAt] = LINE_FEED
    slab[separatorAt + 1] = LINE_FEED
    writeHeader(slab, at, end - at, 0, tagLength, kind, sourceLength, attributesLength)
    setFrameSeq(slab, at, this.#counter)
    setFrameTime(slab, at, 0)
  }

  #close(end: number, walked: WalkedBody | undefined): number {
    if (this.#count === 0) this.#walked = walked
    else if (this.#walked !== walked) this.#walked = undefined
    this.#pendingBytes += end - this.#at
    this.#at = end
    this.#count++
    const counter = this.#counter++
    if (this.#slab.length > this.#slabBytes) {
      this.#seal(true)
      this.#use(nothing)
    }
    return counter
  }

  /**
   * Called when a frame did not fit: takes a new slab, or a larger one for this frame alone if that would not
   * be enough. `needed`: enough for the frame, as far as its size is known.
   */
  #enlarge(needed = 0): void {
    const had = this.#slab.length
    // The space for a tag is estimated at three bytes a character.
    const largest = this.maxFrame + 2 * MAX_TAG_BYTES + SPARE_BYTES
    const fresh = this.#at === 0 && had > 0
    if (fresh && had >= largest) throw tooLarge(had, this.maxFrame)
    this.#seal()
    if (needed > this.#slabBytes || (fresh && had >= this.#slabBytes)) {
      const size = needed > this.#slabBytes ? needed : had * 4
      this.#use(new Uint8Array(Math.min(size, largest)))
    } else {
      this.#slabSize = Math.min(this.#slabSize * 4, this.#slabBytes)
      this.#use(new Uint8Array(this.#slabSize))
    }
  }

  #use(slab: Uint8Array<ArrayBuffer>, at = 0): void {
    this.#slab = slab
    this.#from = at
    this.#at = at
  }

  /** Queues the frames that are not yet taken. */
  #seal(given = false): void {
    const count = this.#count
    if (count === 0) return
    const bytes = this.#slab.subarray(this.#from, this.#at)
    this.#done.push({
      bytes,
      count,
      first: this.#counter - count,
      last: this.#counter - 1,
      walked: this.#walked,
      given,
    })
    this.#from = this.#at
    this.#count = 0
  }

  #encodeOther(source: string): Uint8Array {
    if (source !== this.#otherText) {
      this.#other = encodeSource(source)
      this.#otherText = source
    }
    return this.#other
  }
}

function encodeSource(source: string): Uint8Array {
  const bytes = utf8.encode(source)
  if (bytes.length > MAX_SOURCE_BYTES) throw new TocsinError('TCN_ORIGIN_TOO_LONG')
  return bytes
}

/** Writes the tag and returns the offset after it. */
function writeTag(tag: string, slab: Uint8Array, at: number, controls: boolean): number {
  const length = tag.length
  if (length === 0) throw new TocsinError('TCN_TAG_EMPTY')
  if (length > MAX_TAG_BYTES) throw new TocsinError('TCN_TAG_TOO_LONG')
  for (let index = 0; index < length; index++) {
    const code = tag.charCodeAt(index)
    if (code >= 0x80 || (controls && code < 0x20)) return writeWideTag(tag, slab, at, controls)
    if (code < 0x20 || (code === 0x7f && !controls)) throw controlIn(tag)
    slab[at + index] = code
  }
  return at + length
}

function writeWideTag(tag: string, slab: Uint8Array, at: number, controls: boolean): number {
  if (controls ? /\n(?:\n|$)/.test(tag) : /[\u0000-\u001f\u007f]/.test(tag)) throw controlIn(tag)
  if (/\p{Surrogate}/u.test(tag)) throw new TocsinError('TCN_TAG_UTF8')
  const { written } = utf8.encodeInto(tag, slab.subarray(at))
  if (written > MAX_TAG_BYTES) throw new TocsinError('TCN_TAG_TOO_LONG')
  return at + written
}

/** For this few bytes a loop is faster than `set`. */
function copyBytes(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): void {
  for (let index = start; index < end; index++) to[at++] = from[index]
}

function writeBody(body: Uint8Array, slab: Uint8Array, at: number): number {
  if (at + body.length > slab.length) return -1
  if (body.buffer !== slab.buffer || body.byteOffset !== slab.byteOffset + at) slab.set(body, at)
  return at + body.length
}

function controlIn(tag: string): TocsinError {
  return new TocsinError('TCN_TAG_CONTROL', undefined, { details: { tag } })
}

function tooLarge(bytes: number, limit: number): TocsinError {
  return new TocsinError('TCN_FRAME_TOO_LARGE', `the event takes more than the ${limit} bytes allowed`, {
    details: { bytes, limit },
  })
}

const LINE_FEED = 0x0a
/** Enough for what a frame has besides attributes, tag and body. */
const MOST_OTHER_BYTES = HEADER_BYTES + MAX_SOURCE_BYTES + SEPARATOR_BYTES + SPARE_BYTES
/** A walk of a shorter body takes less time than a piece of its own. */
const APART_BYTES = 64 * 1024
const nothing = new Uint8Array(0)
const utf8 = new TextEncoder()
