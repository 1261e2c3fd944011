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
}

/** A message as an object with these keys. A key that is missing stands for a field that is. */
export type MessageFields = Record<string, unknown>

/** A table of the fields of a message. */
export class MessageType {
  /** In the order of their numbers. */
  readonly fields: readonly MessageField[]
  readonly #byNumber: readonly (MessageField | undefined)[]

  constructor(fields: readonly MessageField[]) {
    this.fields = [...fields].sort((one, other) => one.number - other.number)
    const byNumber: (MessageField | undefined)[] = []
    for (const field of fields) byNumber[field.number] = field
    this.#byNumber = byNumber
  }

  field(number: number): MessageField | undefined {
    return this.#byNumber[number]
  }
}

export function field(number: number, name: string, holds: MessageField['holds']): MessageField {
  return { number, name, holds, isRepeated: false }
}

export function list(number: number, name: string, holds: MessageField['holds']): MessageField {
  return { number, name, holds, isRepeated: true }
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
