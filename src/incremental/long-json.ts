import { isUtf8 } from 'node:buffer'
import { decodeBase64 } from '../event/base64.js'
import { contentOf, DecodedData } from '../event/cloudevents.js'
import type { WalkedBody } from '../event/frame-walk.js'
import { decode, TocsinError } from '../event/index.js'
import { parseStrictJson, repeatedKey } from '../event/json/strict.js'
import { PartialWalk } from '../event/msgpack/partial-walk.js'
import { MAX_ROOM, SteppedTranscoder } from '../event/msgpack/stepped-transcoder.js'
import { Encoded } from '../event/msgpack/values.js'
import { hasMoreValues } from '../event/msgpack/walk.js'

/** An event has few keys of its own; each attribute is one. */
const MAX_FIELDS = 1024
/** JSON of no more bytes is parsed at once, also as a value within longer JSON. */
export const MAX_PARSED_BYTES = 16 * 1024
/** Before data of so many bytes there is room for the other parts of the frame, so that the data need not be copied. */
const ROOMY_BYTES = 64 * 1024
/** Making objects of this number of values, keys included, takes some five milliseconds. */
export const MAX_VALUES = 32 * 1024

/** Where a value is: from one offset to another in the JSON, and in the msgpack. */
interface Span {
  json: [start: number, end: number]
  msgpack: [start: number, end: number]
  /** Levels of its deepest container. */
  depth: number
  /** Bytes before the msgpack that nobody uses. */
  room?: number
  /** The content of long base64. */
  decoded?: DecodedData
}

/** The values of an event by key; undefined for an event that is no map. */
type Fields = Map<string, Span | Nested> | undefined

/** A value that is an event itself. */
interface Nested {
  fields: Fields
}

/**
 * The parts of long JSON, read in steps. The data of each event is transcoded and never becomes objects, so it takes no
 * more memory than its bytes.
 */
export class LongJson {
  readonly #json: Buffer
  readonly #secret: Uint8Array
  readonly #transcoder: SteppedTranscoder

  constructor(json: Buffer, secret: Uint8Array) {
    this.#secret = secret
    this.#json = json
    this.#transcoder = new SteppedTranscoder(json, secret)
  }

  /** Skips white space and returns the byte that follows. */
  *next(): Generator<undefined, number | undefined> {
    while (!this.#transcoder.skipSpaces()) yield
    return this.#transcoder.peek()
  }

  *end(): Generator<undefined> {
    if ((yield* this.next()) !== undefined) throw this.#transcoder.fault()
  }

  /** The only value of the JSON. */
  *whole(): Generator<undefined, unknown> {
    const value = yield* this.#roomyValue()
    yield* this.end()
    return this.data(value)
  }

  *value(): Generator<undefined, Span> {
    const { at, written } = this.#transcoder
    while (!this.#transcoder.step()) yield
    yield
    const { at: end, written: writtenEnd, deepest: depth } = this.#transcoder
    return { json: [at, end], msgpack: [written, writtenEnd], depth }
  }

  *#roomyValue(): Generator<undefined, Span> {
    this.#transcoder.leaveRoom(MAX_ROOM)
    const span = yield* this.value()
    const [start, end] = span.msgpack
    if (end - start >= ROOMY_BYTES) return { ...span, room: MAX_ROOM }
    this.#transcoder.fillRoom(start, MAX_ROOM)
    return { ...span, msgpack: [start - MAX_ROOM, end - MAX_ROOM] }
  }

  *list(most: number): Generator<undefined, Fields[]> {
    const events: Fields[] = []
    if (yield* this.#isEmpty(0x5d)) return events
    do {
      yield* this.next()
      events.push(yield* this.event())
      if (events.length > most) return events
    } while (yield* this.#goesOn(0x5d))
    return events
  }

  *event(nested?: string): Generator<undefined, Fields> {
    if (this.#transcoder.peek() !== 0x7b) {
      yield* this.value()
      return undefined
    }
    const fields: Fields = new Map()
    if (yield* this.#isEmpty(0x7d)) return fields
    do {
      if ((yield* this.next()) !== 0x22) throw this.#transcoder.fault()
      const key = decode(this.#transcoder.bytes(...(yield* this.value()).msgpack)) as string
      if (fields.has(key)) throw repeatedKey(key)
      if (fields.size === MAX_FIELDS)
        throw new TocsinError('TCN_HTTP_BODY', `not an event: it has more than ${MAX_FIELDS} keys`)
      if ((yield* this.next()) !== 0x3a) throw this.#transcoder.fault()
      this.#transcoder.skip()
      fields.set(key, yield* this.#member(key, nested))
    } while (yield* this.#goesOn(0x7d))
    yield* this.#decodeData(fields)
    return fields
  }

  /** Decodes long `data_base64`, and checks what the bytes stand for, while that can be done in steps. */
  *#decodeData(fields: NonNullable<Fields>): Generator<undefined> {
    const span = fields.get('data_base64')
    if (span === undefined || 'fields' in span || span.json[1] - span.json[0] <= MAX_PARSED_BYTES) return
    const text = this.#transcoder.bytes(...span.msgpack)
    if (text[0] < 0xd9 || text[0] > 0xdb) return
    const bytes = yield* decodeLongBase64(text.subarray(1 + (1 << (text[0] - 0xd9))))
    const type = fields.get('datacontenttype')
    const typeText = type === undefined || 'fields' in type ? undefined : this.#field(type)
    span.decoded = bytes && (yield* readLongData(bytes, typeText, this.#secret))
  }

  *#member(key: string, nested: string | undefined): Generator<undefined, Span | Nested> {
    if (key === nested) return yield* this.#nested()
    return key === 'data' ? yield* this.#roomyValue() : yield* this.value()
  }

  *#nested(): Generator<undefined, Span | Nested> {
    if ((yield* this.next()) !== 0x7b) return yield* this.value()
    return { fields: yield* this.event() }
  }

  *values(events: readonly Fields[]): Generator<unknown> {
    for (const fields of events) yield fields === undefined ? null : this.object(fields)
  }

  /** The value of `data`. With a media type of its own it may have to be text, which is checked on the value. */
  data(span: Span, fields?: Fields): unknown {
    const bytes = this.#transcoder.bytes(...span.msgpack)
    const isLong = bytes.length > MAX_PARSED_BYTES && fields?.has('datacontenttype') !== true
    return isLong || isContainer(bytes[0])
      ? new Encoded(bytes, span.depth, this.#takeRoom(span))
      : this.#field(span)
  }

  /** Only one frame can be written around a value, and it must be most of what then stays in memory because of it. */
  #takeRoom(span: Span): number | undefined {
    const { msgpack, room } = span
    span.room = undefined
    return (msgpack[1] - msgpack[0]) * 2 >= this.#transcoder.written ? room : undefined
  }

  object(fields: NonNullable<Fields>): Record<string, unknown> {
    const event: Record<string, unknown> = Object.create(null)
    for (const [key, value] of fields) event[key] = this.#valueOf(key, value, fields)
    return event
  }

  /** The values of these keys. One that takes too long to make objects of is msgpack. */
  *some(
    fields: NonNullable<Fields>,
    keys: ReadonlySet<string>,
  ): Generator<undefined, Record<string, unknown>> {
    const values: Record<string, unknown> = Object.create(null)
    for (const [key, value] of fields) {
      if (!keys.has(key)) continue
      values[key] = this.#objectsOrEncoded(value as Span)
      yield
    }
    return values
  }

  #objectsOrEncoded({ msgpack, depth }: Span): unknown {
    const bytes = this.#transcoder.bytes(...msgpack)
    return hasMoreValues(bytes, 0, bytes.length, MAX_VALUES) ? new Encoded(bytes, depth) : decode(bytes)
  }

  objects({ msgpack }: Span): unknown {
    const bytes = this.#transcoder.bytes(...msgpack)
    if (hasMoreValues(bytes, 0, bytes.length, MAX_VALUES)) throw tooManyValues()
    return decode(bytes)
  }

  #valueOf(key: string, value: Span | Nested, fields: Fields): unknown {
    if ('fields' in value) return value.fields && this.object(value.fields)
    return value.decoded ?? (key === 'data' ? this.data(value, fields) : this.#field(value))
  }

  #field({ json: [start, end], msgpack, depth }: Span): unknown {
    if (end - start <= MAX_PARSED_BYTES) return parseStrictJson(this.#json.toString('utf8', start, end))
    const bytes = this.#transcoder.bytes(...msgpack)
    return isContainer(bytes[0]) ? new Encoded(bytes, depth) : decode(bytes)
  }

  /** Enters a container. Returns whether it has no members. */
  *#isEmpty(close: number): Generator<undefined, boolean> {
    this.#transcoder.skip()
    if ((yield* this.next()) !== close) return false
    this.#transcoder.skip()
    return true
  }

  /** Skips a comma or the end of the container. Returns whether it was a comma. */
  *#goesOn(close: number): Generator<undefined, boolean> {
    const code = yield* this.next()
    if (code !== close && code !== 0x2c) throw this.#transcoder.fault()
    this.#transcoder.skip()
    return code === 0x2c
  }
}

const BASE64_STEP = 16 * 1024

/** Returns undefined if it is not base64. */
function* decodeLongBase64(text: Uint8Array): Generator<undefined, Uint8Array | undefined> {
  const bytes = new Uint8Array((text.length / 4) * 3)
  let written = 0
  for (let at = 0; at < text.length; at += BASE64_STEP) {
    const part = text.subarray(at, at + BASE64_STEP)
    const decoded = decodeBase64(Buffer.from(part.buffer, part.byteOffset, part.length).toString('latin1'))
    const isLast = at + BASE64_STEP >= text.length
    if (decoded === undefined || (!isLast && decoded.length * 4 !== BASE64_STEP * 3)) return undefined
    bytes.set(decoded, written)
    written += decoded.length
    yield
  }
  return bytes.subarray(0, written)
}

/** Checks bytes as their media type requires. */
function* readLongData(
  bytes: Uint8Array,
  type: unknown,
  secret: Uint8Array,
): Generator<undefined, DecodedData> {
  const content = contentOf(type)
  if (content === 'msgpack') return new DecodedData(bytes, { walked: yield* walkInSteps(bytes) })
  if (content !== 'json') return new DecodedData(bytes)
  try {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    const body = isUtf8(text) ? yield* new LongJson(text, secret).whole() : undefined
    return new DecodedData(bytes, { json: body })
  } catch {
    return new DecodedData(bytes, {})
  }
}

const WALK_STEP = 64 * 1024

function* walkInSteps(bytes: Uint8Array): Generator<undefined, WalkedBody> {
  const walk = new PartialWalk(0, bytes.length)
  for (let held = 0; held < bytes.length; yield) {
    held = Math.min(bytes.length, held + WALK_STEP)
    walk.advance(bytes, held)
  }
  return { fault: walk.fault, depth: walk.deepest }
}

export function tooManyValues(): TocsinError {
  return new TocsinError('TCN_HTTP_TOO_LARGE', `the JSON has more than ${MAX_VALUES} values`, {
    details: { limit: MAX_VALUES },
  })
}

/** Returns whether a msgpack value with this first byte is a list or a map. */
function isContainer(lead: number): boolean {
  return (lead >= 0x80 && lead < 0xa0) || (lead >= 0xdc && lead <= 0xdf)
}
