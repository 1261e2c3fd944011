import { asFields } from '../../event/json/object.js'
import {
  DELIMITED,
  type FieldScalar,
  type MessageField,
  type MessageFields,
  type MessageType,
  wireTypeOf,
} from './message-type.js'

const FIRST_BYTES = 1024

/** The bytes of a message. Its values are those of the table's fields; what is undefined is left out. */
export function writeMessage(message: MessageFields, type: MessageType): Uint8Array {
  const writer = new BackwardWriter()
  writer.message(message, type)
  return writer.bytes
}

/** Pieces that are together the value of a field, with its number and its length before them. */
export function delimitedPieces(number: number, pieces: readonly Uint8Array[]): Uint8Array[] {
  const writer = new BackwardWriter()
  writer.varint(pieces.reduce((sum, { length }) => sum + length, 0))
  writer.varint(number * 8 + DELIMITED)
  return [writer.bytes, ...pieces]
}

/** Writes from the end to the beginning, so that every length is known when it is written. */
class BackwardWriter {
  #buffer = Buffer.allocUnsafe(FIRST_BYTES)
  #at = FIRST_BYTES

  get bytes(): Uint8Array {
    return this.#buffer.subarray(this.#at)
  }

  message(message: Readonly<MessageFields>, { fields }: MessageType): void {
    for (let nth = fields.length - 1; nth >= 0; nth--) this.#field(fields[nth], message[fields[nth].name])
  }

  varint(value: number | bigint): void {
    const length = varintLength(value)
    let at = this.#room(length)
    let rest = value
    for (let nth = 1; nth < length; nth++) {
      this.#buffer[at++] = Number(BigInt.asUintN(7, BigInt(rest))) | 128
      rest = typeof rest === 'bigint' ? rest >> 7n : Math.floor(rest / 128)
    }
    this.#buffer[at] = Number(rest)
  }

  #field(field: MessageField, value: unknown): void {
    if (value === undefined) return
    const isPacked = field.isRepeated && wireTypeOf(field) !== DELIMITED
    if (isPacked) this.#packed(field, listOf(value))
    else if (field.isRepeated) for (const each of listOf(value).toReversed()) this.#keyed(field, each)
    else this.#keyed(field, value)
  }

  #keyed(field: MessageField, value: unknown): void {
    this.#value(field, value)
    this.varint(field.number * 8 + wireTypeOf(field))
  }

  #packed(field: MessageField, values: unknown[]): void {
    this.#delimitedBy(() => {
      for (const value of values.toReversed()) this.#value(field, value)
    })
    this.varint(field.number * 8 + DELIMITED)
  }

  #value({ holds }: MessageField, value: unknown): void {
    if (typeof holds === 'string') this.#scalar(holds, value)
    else this.#delimitedBy(() => this.message(asFields(value), holds()))
  }

  #scalar(holds: FieldScalar, value: unknown): void {
    switch (holds) {
      case 'text':
      case 'hex':
      case 'bytes':
        this.#delimited(encoded(holds, value))
        break
      case 'fixed32':
        this.#fixed(4, (at) => this.#buffer.writeUInt32LE(Number(value), at))
        break
      case 'fixed64':
        this.#fixed(8, (at) => this.#buffer.writeBigUInt64LE(BigInt(String(value)), at))
        break
      case 'double':
        this.#fixed(8, (at) => this.#buffer.writeDoubleLE(Number(value), at))
        break
      default:
        this.varint(integerOf(value))
    }
  }

  /** The buffer is another one once there is room. */
  #fixed(length: number, write: (at: number) => void): void {
    write(this.#room(length))
  }

  #delimited(bytes: Uint8Array): void {
    this.#fixed(bytes.length, (at) => this.#buffer.set(bytes, at))
    this.varint(bytes.length)
  }

  #delimitedBy(write: () => void): void {
    const before = this.#written
    write()
    this.varint(this.#written - before)
  }

  get #written(): number {
    return this.#buffer.length - this.#at
  }

  /** Makes room before what is written, and returns where it begins. */
  #room(bytes: number): number {
    if (bytes > this.#at) {
      const grown = Buffer.allocUnsafe(2 * this.#buffer.length + bytes)
      const written = this.#written
      this.#buffer.copy(grown, grown.length - written, this.#at)
      this.#buffer = grown
      this.#at = grown.length - written
    }
    this.#at -= bytes
    return this.#at
  }
}

function encoded(holds: 'text' | 'hex' | 'bytes', value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value
  const encoding = { text: 'utf8', hex: 'hex', bytes: 'base64' } as const
  return Buffer.from(String(value), encoding[holds])
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

/** Not negative: integers below 0 are written with all of their 64 bits. */
function integerOf(value: unknown): number | bigint {
  if (typeof value === 'boolean') return value ? 1 : 0
  const number = Number(value)
  return number >= 0 && Number.isSafeInteger(number) ? number : BigInt.asUintN(64, BigInt(String(value)))
}

function varintLength(value: number | bigint): number {
  let length = 1
  for (
    let rest = typeof value === 'bigint' ? Number(value >> 7n) : Math.floor(value / 128);
    rest >= 1;
    length++
  )
    rest = Math.floor(rest / 128)
  return length
}
