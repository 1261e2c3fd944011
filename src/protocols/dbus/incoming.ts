import { HEADER, LITTLE_ENDIAN, VERSION } from './message.js'
import { DbusReader } from './reader.js'

export const RETURN = 2
export const ERROR = 3
export const SIGNAL = 4
/** The most that the specification allows. */
const MAX_MESSAGE = 128 * 1024 * 1024
/** The beginning of a message that is kept. The name of a unit is within it. */
const MAX_KEPT = 4096

export interface BusMessage {
  type: number
  /** None if they are long, or of a type that is not known. */
  fields: HeaderFields
  /** Its beginning. */
  body: DbusReader
}

export interface HeaderFields {
  path?: string
  interface?: string
  member?: string
  /** The name of an error. */
  error?: string
  /** The serial of the call that it answers. */
  answers?: number
  /** The one connection that it is sent to. */
  destination?: string
}

/** Cuts what a bus sends into messages. Of long ones only the beginning is kept. */
export class IncomingMessages {
  #head = Buffer.alloc(0)
  #kept = Buffer.alloc(0)
  /** Bytes of the current message that are still to come. */
  #left = 0

  /** Throws an Error if the bytes are not a message. */
  take(chunk: Buffer): BusMessage[] {
    const messages: BusMessage[] = []
    for (let rest = chunk; rest.length > 0; ) {
      rest = this.#takeHead(rest)
      if (this.#head.length < HEADER) break
      const part = rest.subarray(0, this.#left)
      this.#kept = Buffer.concat([this.#kept, part.subarray(0, MAX_KEPT - this.#kept.length)])
      this.#left -= part.length
      rest = rest.subarray(part.length)
      if (this.#left > 0) break
      messages.push(decodeMessage(this.#head, this.#kept))
      this.#head = Buffer.alloc(0)
      this.#kept = Buffer.alloc(0)
    }
    return messages
  }

  /** Returns what follows the header. */
  #takeHead(bytes: Buffer): Buffer {
    const missing = HEADER - this.#head.length
    if (missing === 0) return bytes
    this.#head = Buffer.concat([this.#head, bytes.subarray(0, missing)])
    if (this.#head.length === HEADER) {
      const { fields, body } = lengthsOf(this.#head)
      this.#left = fields + body
      if (this.#head[3] !== VERSION || this.#left > MAX_MESSAGE)
        throw new Error('the bus has sent something else than a message')
    }
    return bytes.subarray(missing)
  }
}

/** Bytes of the fields, with those that fill them up, and of the body. */
function lengthsOf(head: Buffer): { fields: number; body: number } {
  const at = (offset: number) => (isLittle(head) ? head.readUInt32LE(offset) : head.readUInt32BE(offset))
  const fields = at(12)
  return { fields: fields + (-fields & 7), body: at(4) }
}

function isLittle(head: Buffer): boolean {
  return head[0] === LITTLE_ENDIAN
}

function decodeMessage(head: Buffer, kept: Buffer): BusMessage {
  const { fields } = lengthsOf(head)
  const order = isLittle(head) ? 'little' : 'big'
  const isWhole = fields <= kept.length
  return {
    type: head[1],
    fields: isWhole ? decodeFields(new DbusReader(kept.subarray(0, fields), order)) : {},
    body: new DbusReader(isWhole ? kept.subarray(fields) : Buffer.alloc(0), order),
  }
}

/** With a field that cannot be read, which any sender may add, none counts: it could hide the destination. */
function decodeFields(reader: DbusReader): HeaderFields {
  const fields: HeaderFields = {}
  while (reader.left >= 8) {
    reader.align(8)
    const code = reader.byte()
    const type = reader.signature()
    if (type === 'u') {
      const value = reader.number()
      if (code === 5) fields.answers = value
    } else if (type === 's' || type === 'o') setText(fields, code, reader.text())
    else if (type === 'g') reader.signature()
    else return {}
  }
  return fields
}

function setText(fields: HeaderFields, code: number, text: string): void {
  if (code === 1) fields.path = text
  else if (code === 2) fields.interface = text
  else if (code === 3) fields.member = text
  else if (code === 4) fields.error = text
  else if (code === 6) fields.destination = text
}
