import { isUtf8 } from 'node:buffer'
import { decodeBase64 } from '../event/base64.js'
import { contentOf, DecodedData } from '../event/cloudevents.js'
import type { WalkedBody } from '../event/frame-walk.js'
import { decode, TocsinError } from '../event/index.js'
import { parseStrictJson, repeatedKey } from '../event/json/strict.js'
import { kindAt } from '../event/msgpack/find.js'
import { PartialWalk } from '../event/msgpack/partial-walk.js'
import { MAX_ROOM, SteppedTranscoder } from '../event/msgpack/stepped-transcoder.js'
import { Encoded } from '../event/msgpack/values.js'
import { afterHead, hasMoreValues, walkValue } from '../event/msgpack/walk.js'

/** Longer JSON is transcoded in steps: some that arrive at the same time would delay all other clients. */
export const LONG_JSON_BYTES = 16 * 1024
/** An event has few keys of its own; each attribute is one. */
const MAX_FIELDS = 1024
/** A value of no more bytes is parsed as in a short body. */
const MAX_PARSED_BYTES = LONG_JSON_BYTES
/** Before data of so many bytes there is room for the other parts of the frame, so that the data need not be copied. */
const ROOMY_BYTES = 64 * 1024
/** Making objects of so many values, keys included, takes some five milliseconds. */
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

export interface LongEvents {
  isList: boolean
  count: number
  /** The events, made when they are asked for. `data` that is a list or a map is msgpack already (`Encoded`). */
  values: Iterable<unknown>
}

/** Reads one value. Like all here, it yields after every step, and throws what `parseStrictJson` throws. */
export function* readLongValue(json: Buffer, secret: Uint8Array): Generator<undefined, unknown> {
  const reader = new LongBody(json, secret)
  const value = yield* reader.roomyValue()
  yield* reader.end()
  return reader.data(value)
}

/**
 * Reads one value that its reader needs as objects, which are made at once. Throws TCN_HTTP_TOO_LARGE if there are more of
 * them than that allows.
 */
export function* readLongObjects(json: Buffer, secret: Uint8Array): Generator<undefined, unknown> {
  const reader = new LongBody(json, secret)
  yield* reader.next()
  const value = yield* reader.value()
  yield* reader.end()
  return reader.objects(value)
}

/** Reads one event or a list of them. Stops when the list has more than `most`. */
export function* readLongEvents(
  json: Buffer,
  secret: Uint8Array,
  most: number,
): Generator<undefined, LongEvents> {
  const reader = new LongBody(json, secret)
  const isList = (yield* reader.next()) === 0x5b
  const events = isList ? yield* reader.list(most) : [yield* reader.event()]
  if (events.length <= most) yield* reader.end()
  return { isList, count: events.length, values: reader.values(events) }
}

/** Reads one map. The value of the key `nested` is an event of its own, whose data may be long too. */
export function* readLongMap(
  json: Buffer,
  secret: Uint8Array,
  nested?: string,
): Generator<undefined, object | undefined> {
  const reader = new LongBody(json, secret)
  yield* reader.next()
  const fields = yield* reader.event(nested)
  yield* reader.end()
  return fields && reader.object(fields)
}

/**
 * Reads the values of one map that have these keys; undefined for what is no map. A value that takes too long to make
 * objects of is msgpack (`Encoded`).
 */
export function* readLongFields(
  json: Buffer,
  secret: Uint8Array,
  keys: ReadonlySet<string>,
): Generator<undefined, Record<string, unknown> | undefined> {
  const reader = new LongBody(json, secret)
  yield* reader.next()
  const fields = yield* reader.event()
  yield* reader.end()
  if (fields === undefined) return undefined
  const values: Record<string, unknown> = Object.create(null)
  for (const [key, value] of fields) {
    if (!keys.has(key)) continue
    values[key] = reader.objectsOrEncoded(value as Span)
    yield
  }
  return values
}

/**
 * The parts of a long body: the data of each event is transcoded in steps and never becomes objects, so it takes no more
 * memory than its bytes.
 */
class LongBody {
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

  *value(): Generator<undefined, Span> {
    const { at, written } = this.#transcoder
    while (!this.#transcoder.step()) yield
    yield
    const { at: end, written: writtenEnd, deepest: depth } = this.#transcoder
    return { json: [at, end], msgpack: [written, writtenEnd], depth }
  }

  *roomyValue(): Generator<undefined, Span> {
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
    if (span === undefined || 'fields' in span || span.json[1] - span.json[0] <= LONG_JSON_BYTES) return
    const text = this.#transcoder.bytes(...span.msgpack)
    if (text[0] < 0xd9 || text[0] > 0xdb) return
    const bytes = yield* decodeLongBase64(text.subarray(1 + (1 << (text[0] - 0xd9))))
    const type = fields.get('datacontenttype')
    const typeText = type === undefined || 'fields' in type ? undefined : this.#field(type)
    span.decoded = bytes && (yield* readLongData(bytes, typeText, this.#secret))
  }

  *#member(key: string, nested: string | undefined): Generator<undefined, Span | Nested> {
    if (key === nested) return yield* this.#nested()
    return key === 'data' ? yield* this.roomyValue() : yield* this.value()
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

  object(fields: NonNullable<Fields>): object {
    const event: Record<string, unknown> = Object.create(null)
    for (const [key, value] of fields) event[key] = this.#valueOf(key, value, fields)
    return event
  }

  objectsOrEncoded({ msgpack, depth }: Span): unknown {
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
    const body = isUtf8(text) ? yield* readLongValue(text, secret) : undefined
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

/**
 * The members of a list that was read as objects or is long, or undefined for what is no list. Throws
 * TCN_HTTP_TOO_LARGE for a member that takes too long to make objects of.
 */
export function* membersOf(value: unknown): Generator<undefined, unknown[] | undefined> {
  if (!(value instanceof Encoded)) return Array.isArray(value) ? value : undefined
  const { bytes } = value
  if (kindAt(bytes, 0) !== 'array') return undefined
  const members: unknown[] = []
  for (let at = afterHead(bytes, 0); at < bytes.length; yield) {
    const end = walkValue(bytes, at, bytes.length)
    if (hasMoreValues(bytes, at, end, MAX_VALUES)) throw tooManyValues()
    members.push(decode(bytes, at, end))
    at = end
  }
  return members
}

function tooManyValues(): TocsinError {
  return new TocsinError('TCN_HTTP_TOO_LARGE', `the JSON has more than ${MAX_VALUES} values`, {
    details: { limit: MAX_VALUES },
  })
}

/** Returns whether a msgpack value with this first byte is a list or a map. */
function isContainer(lead: number): boolean {
  return (lead >= 0x80 && lead < 0xa0) || (lead >= 0xdc && lead <= 0xdf)
}
