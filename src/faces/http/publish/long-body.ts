import { decode, TocsinError } from '../../../event/index.js'
import { parseStrictJson, repeatedKey } from '../../../event/json/strict.js'
import { SteppedTranscoder } from '../../../event/msgpack/stepped-transcoder.js'
import { Encoded } from '../../../event/msgpack/values.js'

/** Longer bodies are transcoded in steps, since parsing one would delay all other clients. */
export const LONG_BODY_BYTES = 256 * 1024
/** An event has few keys of its own; each attribute is one. */
const MAX_FIELDS = 1024
/** A value of no more bytes is parsed as in a short body. */
const MAX_PARSED_BYTES = 64 * 1024

/** Where a value is: from one offset to another in the JSON, and in the msgpack. */
interface Span {
  json: [start: number, end: number]
  msgpack: [start: number, end: number]
}

/** The values of an event by key; undefined for an event that is no map. */
type Fields = Map<string, Span> | undefined

export interface LongEvents {
  isList: boolean
  count: number
  /** The events, made when they are asked for. `data` that is a list or a map is msgpack already (`Encoded`). */
  values: Iterable<unknown>
}

/** Reads one value. Like all here, it yields after every step, and throws what `parseStrictJson` throws. */
export function* readLongValue(json: Buffer, secret: Uint8Array): Generator<undefined, unknown> {
  const reader = new LongBody(json, secret)
  const value = yield* reader.value()
  yield* reader.end()
  return reader.data(value)
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

/**
 * The parts of a long body: the data of each event is transcoded in steps and never becomes objects, so it takes no more
 * memory than its bytes.
 */
class LongBody {
  readonly #json: Buffer
  readonly #transcoder: SteppedTranscoder

  constructor(json: Buffer, secret: Uint8Array) {
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
    return { json: [at, this.#transcoder.at], msgpack: [written, this.#transcoder.written] }
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

  *event(): Generator<undefined, Fields> {
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
      fields.set(key, yield* this.value())
    } while (yield* this.#goesOn(0x7d))
    return fields
  }

  *values(events: readonly Fields[]): Generator<unknown> {
    for (const fields of events) yield fields === undefined ? null : this.#object(fields)
  }

  /** The value of `data`. Text of a media type of its own becomes bytes, so it has to be text. */
  data(span: Span, fields?: Fields): unknown {
    const bytes = this.#transcoder.bytes(...span.msgpack)
    const isLong = bytes.length > MAX_PARSED_BYTES && fields?.has('datacontenttype') !== true
    return isLong || isContainer(bytes[0]) ? new Encoded(bytes) : this.#field(span)
  }

  #object(fields: NonNullable<Fields>): object {
    const event: Record<string, unknown> = Object.create(null)
    for (const [key, span] of fields)
      event[key] = key === 'data' ? this.data(span, fields) : this.#field(span)
    return event
  }

  #field({ json: [start, end], msgpack }: Span): unknown {
    if (end - start <= MAX_PARSED_BYTES) return parseStrictJson(this.#json.toString('utf8', start, end))
    const bytes = this.#transcoder.bytes(...msgpack)
    return isContainer(bytes[0]) ? new Encoded(bytes) : decode(bytes)
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

/** Whether a msgpack value with this first byte is a list or a map. */
function isContainer(lead: number): boolean {
  return (lead >= 0x80 && lead < 0xa0) || (lead >= 0xdc && lead <= 0xdf)
}
