/** A call without an answer that matters. Names and paths are in ASCII. */
export interface DbusCall {
  destination: string
  path: string
  interface: string
  member: string
  /** Its only argument, a text. */
  text?: string
}

const LITTLE_ENDIAN = 0x6c
const CALL = 1
export const SIGNAL = 4
const VERSION = 1
const HEADER = 16
/** Codes of the fields of a header, and their types. */
const PATH = [1, 'o'] as const
const INTERFACE = [2, 's'] as const
const MEMBER = [3, 's'] as const
const DESTINATION = [6, 's'] as const
const SIGNATURE = [8, 'g'] as const
/** Signals about units are far shorter. */
const MAX_MESSAGE = 1024 * 1024

/** Writes a call as the specification of D-Bus has it, in the order of little endian. */
export function encodeCall(call: DbusCall, serial: number): Buffer {
  const fields = new DbusWriter()
  fields.field(...PATH, call.path)
  fields.field(...INTERFACE, call.interface)
  fields.field(...MEMBER, call.member)
  fields.field(...DESTINATION, call.destination)
  const body = new DbusWriter()
  if (call.text !== undefined) {
    fields.field(...SIGNATURE, 's')
    body.text(call.text)
  }
  const head = Buffer.alloc(HEADER)
  head.set([LITTLE_ENDIAN, CALL, 0, VERSION])
  head.writeUInt32LE(body.length, 4)
  head.writeUInt32LE(serial, 8)
  head.writeUInt32LE(fields.length, 12)
  fields.align(8)
  return Buffer.concat([head, fields.bytes, body.bytes])
}

/** Writes values, each at a multiple of its own size. Header and fields both begin at a multiple of 8. */
class DbusWriter {
  readonly #parts: Buffer[] = []
  length = 0

  get bytes(): Buffer {
    return Buffer.concat(this.#parts)
  }

  field(code: number, type: string, value: string): void {
    this.align(8)
    this.#add(Buffer.from([code, type.length]))
    this.#add(Buffer.from(`${type}\0`))
    if (type === 'g') this.#add(Buffer.from([value.length, ...Buffer.from(`${value}\0`)]))
    else this.text(value)
  }

  text(value: string): void {
    this.align(4)
    const bytes = Buffer.from(`${value}\0`)
    const length = Buffer.alloc(4)
    length.writeUInt32LE(bytes.length - 1)
    this.#add(length)
    this.#add(bytes)
  }

  align(size: number): void {
    this.#add(Buffer.alloc(-this.length & (size - 1)))
  }

  #add(part: Buffer): void {
    this.#parts.push(part)
    this.length += part.length
  }
}

/** Cuts what a bus sends into messages, and says of which type each is. Their content is passed over. */
export class MessageTypes {
  #head = Buffer.alloc(0)
  /** Bytes of the current message that are still to come. */
  #left = 0

  /** Throws an Error if the bytes are not a message. */
  take(chunk: Buffer): number[] {
    const types: number[] = []
    let rest = chunk
    while (rest.length > 0) {
      const passed = Math.min(this.#left, rest.length)
      this.#left -= passed
      rest = rest.subarray(passed)
      const missing = HEADER - this.#head.length
      this.#head = Buffer.concat([this.#head, rest.subarray(0, missing)])
      rest = rest.subarray(missing)
      if (this.#head.length < HEADER) break
      this.#left = lengthAfter(this.#head)
      types.push(this.#head[1])
      this.#head = Buffer.alloc(0)
    }
    return types
  }
}

/** Bytes that follow a header. */
function lengthAfter(head: Buffer): number {
  const isLittle = head[0] === LITTLE_ENDIAN
  const at = (offset: number) => (isLittle ? head.readUInt32LE(offset) : head.readUInt32BE(offset))
  const fields = at(12)
  const length = fields + (-fields & 7) + at(4)
  if (head[3] !== VERSION || length > MAX_MESSAGE)
    throw new Error('the bus has sent something else than a message')
  return length
}
