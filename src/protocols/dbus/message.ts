/** A call without an answer that matters. Names and paths are in ASCII. */
export interface DbusCall {
  destination: string
  path: string
  interface: string
  member: string
  /** Its only argument, a text. */
  text?: string
}

export const LITTLE_ENDIAN = 0x6c
export const VERSION = 1
/** Bytes before the fields of the header. */
export const HEADER = 16
const CALL = 1
/** Codes of the fields of a header, and their types. */
const PATH = [1, 'o'] as const
const INTERFACE = [2, 's'] as const
const MEMBER = [3, 's'] as const
const DESTINATION = [6, 's'] as const
const SIGNATURE = [8, 'g'] as const

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
