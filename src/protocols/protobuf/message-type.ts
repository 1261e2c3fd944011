/**
 * The scalars of Protocol Buffers that are in use, each with the value that stands for it. Integers of 64 bits are
 * numbers below 2^53 and bigints beyond; a writer takes their text as well, as JSON has it. `bytes` is read as bytes, and
 * written from base64 too; `hex` are bytes as hexadecimal digits.
 */
export type FieldScalar =
  | 'text'
  | 'bytes'
  | 'hex'
  | 'boolean'
  | 'signed'
  | 'unsigned'
  | 'fixed32'
  | 'fixed64'
  | 'double'

export interface MessageField {
  readonly number: number
  readonly name: string
  /** A scalar, or a message. */
  readonly holds: FieldScalar | (() => MessageType)
  readonly isRepeated: boolean
  /** Bytes that it has if it is not empty; 0 for any number. */
  readonly length: number
  /** The numbers of an enumeration by their names. */
  readonly names?: ReadonlyMap<string, number>
}

/** A message as an object with these keys. A key that is missing stands for a field that is. */
export type MessageFields = Record<string, unknown>

/** A table of the fields of a message. */
export class MessageType {
  /** In the order of their numbers. */
  readonly fields: readonly MessageField[]
  readonly #byNumber: readonly (MessageField | undefined)[]
  readonly #byName = new Map<string, MessageField>()

  constructor(fields: readonly MessageField[]) {
    this.fields = [...fields].sort((one, other) => one.number - other.number)
    const byNumber: (MessageField | undefined)[] = []
    for (const field of fields) {
      byNumber[field.number] = field
      this.#byName.set(field.name, field).set(withUnderscores(field.name), field)
    }
    this.#byNumber = byNumber
  }

  field(number: number): MessageField | undefined {
    return this.#byNumber[number]
  }

  /** The field with a name as JSON has it, or as the definition of the message has it: `traceId` or `trace_id`. */
  named(name: string): MessageField | undefined {
    return this.#byName.get(name)
  }
}

function withUnderscores(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

export function field(number: number, name: string, holds: MessageField['holds']): MessageField {
  return { number, name, holds, isRepeated: false, length: 0 }
}

export function list(number: number, name: string, holds: MessageField['holds']): MessageField {
  return { ...field(number, name, holds), isRepeated: true }
}

/** An id of this number of bytes. */
export function id(number: number, name: string, length: number): MessageField {
  return { ...field(number, name, 'hex'), length }
}

/** A number that has a name: the first of the names is that of 0. */
export function enumeration(number: number, name: string, names: readonly string[]): MessageField {
  return { ...field(number, name, 'signed'), names: new Map(names.map((each, value) => [each, value])) }
}

export const VARINT = 0
export const FIXED_64 = 1
export const DELIMITED = 2
export const FIXED_32 = 5

const WIRE_TYPES: Readonly<Record<FieldScalar, number>> = {
  text: DELIMITED,
  bytes: DELIMITED,
  hex: DELIMITED,
  boolean: VARINT,
  signed: VARINT,
  unsigned: VARINT,
  fixed32: FIXED_32,
  fixed64: FIXED_64,
  double: FIXED_64,
}

/** The form in which one value of the field is written. */
export function wireTypeOf({ holds }: MessageField): number {
  return typeof holds === 'function' ? DELIMITED : WIRE_TYPES[holds]
}
