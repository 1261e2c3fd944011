import { TocsinError } from '../../errors/tocsin-error.js'
import {
  DELIMITED,
  type Field,
  type Message,
  type MessageType,
  type Scalar,
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
interface Open {
  type: MessageType
  message: Message
  end: number
}

/**
 * Reads a message in steps. Fields that the table does not have are skipped. Throws TCN_HTTP_BODY for what is no such
 * message, and TCN_HTTP_TOO_LARGE if it has too many values.
 */
export function* readMessage(bytes: Uint8Array, type: MessageType): Generator<undefined, Message> {
  const reader = new MessageReader(bytes, type)
  for (let values = 0; reader.readValue(); ) {
    if (++values > MAX_VALUES) throw tooManyValues()
    if (values % STEP_VALUES === 0) yield
  }
  return reader.message
}

class MessageReader {
  readonly message: Message = {}
  readonly #wire: WireReader
  /** The messages around the one that is being read, which is the last. */
  readonly #open: Open[]

  constructor(bytes: Uint8Array, type: MessageType) {
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
    this.#readField(type.field(number), message, key % 8)
    return true
  }

  #readField(field: Field | undefined, message: Message, wireType: number): void {
    const own = field && wireTypeOf(field)
    if (field === undefined) this.#wire.skip(wireType)
    else if (wireType === own && typeof field.holds === 'function')
      this.#openMessage(field, message, field.holds())
    else if (wireType === own) put(field, message, scalar(this.#wire, field.holds as Scalar))
    else if (wireType === DELIMITED && field.isRepeated) this.#readPacked(field, message)
    else this.#wire.skip(wireType)
  }

  #openMessage(field: Field, around: Message, type: MessageType): void {
    if (this.#open.length === MAX_DEPTH) throw malformed(`it has more than ${MAX_DEPTH} levels`)
    const end = this.#wire.delimited()
    const message: Message = {}
    put(field, around, message)
    this.#open.push({ type, message, end })
    this.#wire.end = end
  }

  /** Many numbers with one head. */
  #readPacked(field: Field, message: Message): void {
    const wire = this.#wire
    const { end } = wire
    wire.end = wire.delimited()
    for (let values = 0; wire.at < wire.end; values++) {
      if (values === MAX_VALUES) throw tooManyValues()
      put(field, message, scalar(wire, field.holds as Scalar))
    }
    wire.end = end
  }
}

function put({ name, isRepeated }: Field, message: Message, value: unknown): void {
  const before = message[name]
  if (!isRepeated) message[name] = value
  else if (Array.isArray(before)) before.push(value)
  else message[name] = [value]
}

function scalar(wire: WireReader, holds: Scalar): unknown {
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
      return delimited(wire, holds)
  }
}

function delimited(wire: WireReader, holds: 'text' | 'bytes' | 'hex'): string | Uint8Array {
  const end = wire.delimited()
  const start = wire.at
  wire.at = end
  if (holds === 'bytes') return wire.bytes.subarray(start, end)
  return wire.bytes.toString(holds === 'hex' ? 'hex' : 'utf8', start, end)
}

function tooManyValues(): TocsinError {
  return new TocsinError('TCN_HTTP_TOO_LARGE', `a message has more than ${MAX_VALUES} values`, {
    details: { limit: MAX_VALUES },
  })
}
