import { TocsinError } from '../../errors/tocsin-error.js'
import {
  DELIMITED,
  type FieldScalar,
  type MessageField,
  type MessageFields,
  type MessageType,
  wireTypeOf,
} from './message-type.js'
import { malformed, WireReader } from './wire-reader.js'

/** Common parsers of Protocol Buffers take as many. */
const MAX_DEPTH = 100
/** Values of one message, those of messages within it included. */
export const MAX_VALUES = 128 * 1024
/** Values that are read in one step, which takes less than a millisecond. */
const STEP_VALUES = 512

/** A message that is being read. */
interface OpenMessage {
  type: MessageType
  message: MessageFields
  end: number
}

/**
 * Reads a message in steps. Fields that the table does not have are skipped, and `skipped` hears of them. Throws TCN_HTTP_BODY
 * for other bytes and for fields of another form, and TCN_HTTP_TOO_LARGE if it has too many values.
 */
export function* readMessage(
  bytes: Uint8Array,
  type: MessageType,
  most = MAX_VALUES,
  skipped: (number: number) => void = () => undefined,
): Generator<undefined, MessageFields> {
  const reader = new SteppedReader(bytes, type, most, skipped)
  for (let values = 0; reader.readValue(); ) {
    if (++values > most) throw tooManyValues(most)
    if (values % STEP_VALUES === 0) yield
  }
  return reader.message
}

class SteppedReader {
  readonly message: MessageFields = {}
  readonly #wire: WireReader
  /** The messages around the one that is being read, which is the last. */
  readonly #open: OpenMessage[]

  readonly #most: number
  readonly #skipped: (number: number) => void

  constructor(bytes: Uint8Array, type: MessageType, most: number, skipped: (number: number) => void) {
    this.#most = most
    this.#skipped = skipped
    this.#wire = new WireReader(bytes)
    this.#open = [{ type, message: this.message, end: bytes.length }]
  }

  /** Reads one value, or the head of a message within this one. False at the end. */
  readValue(): boolean {
    const wire = this.#wire
    while (wire.at === wire.end) {
      this.#open.pop()
      const around = this.#open.at(-1)
      if (around === undefined) return false
      wire.end = around.end
    }
    const key = Number(wire.unsigned())
    const { type, message } = this.#open[this.#open.length - 1]
    const number = Math.floor(key / 8)
    if (number === 0) throw malformed('there is no field 0')
    const field = type.field(number)
    if (field !== undefined) this.#readField(field, message, key % 8)
    else {
      wire.skip(key % 8)
      this.#skipped(number)
    }
    return true
  }

  #readField(field: MessageField, message: MessageFields, wireType: number): void {
    const { holds, isRepeated } = field
    if (wireType !== wireTypeOf(field)) {
      const isPacked = wireType === DELIMITED && isRepeated && typeof holds !== 'function'
      if (!isPacked) throw malformed(`the field \`${field.name}\` has another form`)
      this.#readPacked(field, holds, message)
    } else if (typeof holds === 'function') this.#openMessage(field, message, holds())
    else put(field, message, scalar(this.#wire, field, holds))
  }

  #openMessage(field: MessageField, around: MessageFields, type: MessageType): void {
    if (this.#open.length === MAX_DEPTH) throw malformed(`it has more than ${MAX_DEPTH} levels`)
    const end = this.#wire.delimited()
    const message: MessageFields = {}
    put(field, around, message)
    this.#open.push({ type, message, end })
    this.#wire.end = end
  }

  /** Many numbers with one head. */
  #readPacked(field: MessageField, holds: FieldScalar, message: MessageFields): void {
    const wire = this.#wire
    const { end } = wire
    wire.end = wire.delimited()
    for (let values = 0; wire.at < wire.end; values++) {
      if (values === this.#most) throw tooManyValues(this.#most)
      put(field, message, scalar(wire, field, holds))
    }
    wire.end = end
  }
}

function put({ name, isRepeated }: MessageField, message: MessageFields, value: unknown): void {
  const before = message[name]
  if (!isRepeated) message[name] = value
  else if (Array.isArray(before)) before.push(value)
  else message[name] = [value]
}

function scalar(wire: WireReader, field: MessageField, holds: FieldScalar): unknown {
  switch (holds) {
    case 'boolean':
      return wire.unsigned() !== 0
    case 'signed':
    case 'unsigned':
    case 'fixed32':
    case 'fixed64':
    case 'double':
      return wire[holds]()
    default:
      return delimited(wire, field, holds)
  }
}

function delimited(
  wire: WireReader,
  { name, length }: MessageField,
  holds: 'text' | 'bytes' | 'hex',
): string | Uint8Array {
  const end = wire.delimited()
  const start = wire.at
  if (length > 0 && end > start && end - start !== length)
    throw malformed(`the field \`${name}\` has not ${length} bytes`)
  wire.at = end
  if (holds === 'bytes') return wire.bytes.subarray(start, end)
  return wire.bytes.toString(holds === 'hex' ? 'hex' : 'utf8', start, end)
}

function tooManyValues(limit: number): TocsinError {
  return new TocsinError('TCN_HTTP_TOO_LARGE', `a message has more than ${limit} values`, {
    details: { limit },
  })
}
