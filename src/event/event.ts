import type { Attributes } from './attributes.js'
import { formatCursor } from './cursor.js'
import {
  attributesLength,
  attributesStart,
  bodyStart,
  Flag,
  frameBytes,
  frameFlags,
  frameKind,
  frameSeq,
  frameTime,
  sourceLength,
  sourceStart,
  tagLength,
  tagStart,
} from './frame.js'
import { type Json, jsonView } from './json/view.js'
import { decode } from './msgpack/decoder.js'
import { bytesAt, compilePath, find, type Scalar, scalarAt } from './msgpack/find.js'
import { readText } from './msgpack/generated-code.js'
import { isPlausible } from './plausible-time.js'
import { formatTime, parseTime } from './position.js'

/**
 * One event: a view of its frame. Nothing is decoded before it is needed, and `data` is decoded only once.
 * The view keeps the surrounding bytes in memory; `detach()` makes one that does not.
 *
 * @example
 * import { encode, encodeFrame } from 'tocsin/event'
 * const event = new Event(encodeFrame({ tag: 'host/web1/load', body: encode({ load1: 0.5 }) }))
 * console.log(event.tag, event.data) // host/web1/load { load1: 0.5 }
 */
export class Event<Data = unknown> {
  /** Distinguishes an event from the status records in the same stream. */
  declare readonly status?: undefined
  /** The bytes that contain the frame. The frame must have passed `checkFrame`, and must not change. */
  readonly bytes: Uint8Array
  readonly at: number
  #data: Data | undefined
  #decoded = false

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  /** The number of the event in the log; 0 for an event made for this subscriber only. */
  get seq(): number {
    return frameSeq(this.bytes, this.at)
  }

  /** When the event entered the log, µs since the epoch. */
  get time(): number {
    return frameTime(this.bytes, this.at)
  }

  get tag(): string {
    const start = tagStart(this.bytes, this.at)
    return readText(this.bytes, start, start + tagLength(this.bytes, this.at))
  }

  get kind(): number {
    return frameKind(this.bytes, this.at)
  }

  get source(): string {
    const start = sourceStart(this.bytes, this.at)
    return readText(this.bytes, start, start + sourceLength(this.bytes, this.at))
  }

  /** The attributes; empty if the frame carries none. */
  get attributes(): Attributes {
    const start = attributesStart(this.bytes, this.at)
    const length = attributesLength(this.bytes, this.at)
    return length === 0 ? {} : (decode(this.bytes, start, start + length) as Attributes)
  }

  get data(): Data {
    if (!this.#decoded) {
      this.#data = decode(this.bytes, bodyStart(this.bytes, this.at), this.end) as Data
      this.#decoded = true
    }
    return this.#data as Data
  }

  get flags(): number {
    return frameFlags(this.bytes, this.at)
  }

  /** True if this subscriber received the event before and did not acknowledge it. */
  get redelivered(): boolean {
    return (this.flags & Flag.redelivered) !== 0
  }

  /** True if the event was made for this subscriber. The log does not contain it, and it does not move the cursor. */
  get synthetic(): boolean {
    return (this.flags & Flag.synthetic) !== 0
  }

  /** The offset after the frame. */
  get end(): number {
    return this.at + frameBytes(this.bytes, this.at)
  }

  /** The body as msgpack. */
  get body(): Uint8Array {
    return this.bytes.subarray(bodyStart(this.bytes, this.at), this.end)
  }

  /** When it happened: the attribute `time` if the event carries one, otherwise when it entered the log. */
  get date(): Date {
    const { time } = this.attributes
    // The rule of `eventTime`, whose quick reader is too large for browsers.
    const own = typeof time === 'string' ? (parseTime(time) ?? -1) : -1
    return new Date((isPlausible(own, this.time) ? own : this.time) / 1000)
  }

  /**
   * The cursor after this event in the log of that epoch.
   *
   * @example
   * hub.subscribe('deploy/', { from: event.cursorIn(hub.welcome.epoch) })
   */
  cursorIn(epoch: string): string {
    return formatCursor(epoch, this.seq)
  }

  /**
   * The value at the path, found without decoding the rest; undefined if it is missing or not a scalar.
   *
   * @example
   * event.scalar('disk', 'used') // 0.97, of { disk: { used: 0.97, free: 12 } }
   */
  scalar(...path: string[]): Scalar | undefined {
    const at = this.#find(path)
    return at < 0 ? undefined : scalarAt(this.bytes, at)
  }

  /**
   * The bytes of the text or binary at the path, also of text that is not UTF-8, which `data` cannot
   * represent.
   *
   * @example
   * event.rawBytes('name') // Uint8Array [0xc3, 0xa9], of { name: 'é' }
   */
  rawBytes(...path: string[]): Uint8Array | undefined {
    const at = this.#find(path)
    return at < 0 ? undefined : bytesAt(this.bytes, at)
  }

  /**
   * The same event in its own memory.
   *
   * @example
   * const kept = event.detach()
   */
  detach(): Event<Data> {
    return new Event(new Uint8Array(this.bytes.subarray(this.at, this.end)))
  }

  /** The form for JSON.stringify: the event without the bytes around it, its body as in a CloudEvent. */
  toJSON(): { [key: string]: Json } {
    const { seq, tag, source, kind, attributes, data } = this
    return {
      seq,
      time: formatTime(this.time),
      tag,
      source,
      ...(kind === 0 ? {} : { kind }),
      ...(Object.keys(attributes).length === 0 ? {} : { attributes: jsonView(attributes) }),
      data: jsonView(data),
    }
  }

  /** The form for console.log of Node.js. */
  [Symbol.for('nodejs.util.inspect.custom')](
    _depth: number,
    options: object,
    inspect: (value: unknown, options: object) => string,
  ): string {
    const { seq, tag, source, data } = this
    return `Event ${inspect({ tag, seq, date: this.date, source, data }, options)}`
  }

  #find(path: string[]): number {
    return find(this.bytes, bodyStart(this.bytes, this.at), this.end, compilePath(path))
  }
}

/**
 * The events of whole frames that are back to back in [start, end).
 *
 * @example
 * for (const event of iterateFrames(bytes)) console.log(event.seq, event.tag)
 */
export function iterateFrames(bytes: Uint8Array, start = 0, end = bytes.length): IterableIterator<Event> {
  return new FrameIterator(bytes, start, end)
}

class FrameIterator implements IterableIterator<Event> {
  readonly #bytes: Uint8Array
  #at: number
  readonly #end: number

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes
    this.#at = start
    this.#end = end
  }

  next(): IteratorResult<Event> {
    if (this.#at >= this.#end) return { done: true, value: undefined }
    const value = new Event(this.#bytes, this.#at)
    this.#at = value.end
    return { done: false, value }
  }

  [Symbol.iterator](): this {
    return this
  }
}
