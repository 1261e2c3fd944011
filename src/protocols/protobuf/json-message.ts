import { TocsinError } from '../../errors/tocsin-error.js'
import { decodeBase64 } from '../../event/base64.js'
import { isObject } from '../../event/json/object.js'
import type { FieldScalar, MessageField, MessageFields, MessageType } from './message-type.js'

const INTEGER = /^-?\d{1,20}$/
const HEX = /^[0-9a-f]*$/i
const NUMBER = /^(?:-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|NaN|-?Infinity)$/i

/**
 * Makes a message of what its form in JSON says (the JSON mapping of proto3), as `readMessage` makes it of bytes. Names
 * that the table does not have are ignored, and null stands for a field that is missing. Throws TCN_HTTP_BODY for a value
 * of another type.
 */
export function messageOfJson(value: unknown, type: MessageType): MessageFields {
  if (!isObject(value)) throw new TocsinError('TCN_HTTP_BODY', 'it is no object of JSON')
  const message: MessageFields = {}
  for (const [name, given] of Object.entries(value)) {
    const field = type.named(name)
    if (field !== undefined && given !== null)
      message[field.name] = field.isRepeated ? members(field, given) : single(field, given)
  }
  return message
}

function members(field: MessageField, given: unknown): unknown[] {
  if (!Array.isArray(given)) throw unfitting(field, 'a list')
  return given.map((each) => single(field, each))
}

function single(field: MessageField, given: unknown): unknown {
  const { holds } = field
  if (typeof holds === 'string') return scalar(field, holds, given)
  if (!isObject(given)) throw unfitting(field, 'an object')
  return messageOfJson(given, holds())
}

function scalar(field: MessageField, holds: FieldScalar, given: unknown): unknown {
  switch (holds) {
    case 'text':
      if (typeof given === 'string') return given
      throw unfitting(field, 'a text')
    case 'boolean':
      if (typeof given === 'boolean') return given
      throw unfitting(field, 'true or false')
    case 'bytes':
      return base64Bytes(field, given)
    case 'hex':
      return hexOf(field, given)
    case 'double':
      return doubleOf(field, given)
    default:
      return integerOf(field, holds, given)
  }
}

/** The mapping allows both alphabets of base64, with padding or without. */
function base64Bytes(field: MessageField, given: unknown): Uint8Array {
  const digits = typeof given === 'string' ? given.replace(/=+$/, '') : '!'
  const usual = digits.replaceAll('-', '+').replaceAll('_', '/')
  const bytes = decodeBase64(usual.padEnd(Math.ceil(usual.length / 4) * 4, '='))
  if (bytes === undefined) throw unfitting(field, 'base64')
  return bytes
}

function hexOf(field: MessageField, given: unknown): string {
  const { length } = field
  const isHex = typeof given === 'string' && HEX.test(given) && given.length % 2 === 0
  if (isHex && (length === 0 || given === '' || given.length === 2 * length)) return given.toLowerCase()
  throw unfitting(field, length === 0 ? 'hexadecimal digits' : `${2 * length} hexadecimal digits`)
}

function doubleOf(field: MessageField, given: unknown): number {
  const isNumber = typeof given === 'number' || typeof given === 'bigint'
  if (isNumber || (typeof given === 'string' && NUMBER.test(given))) return Number(given)
  throw unfitting(field, 'a number')
}

function integerOf(field: MessageField, holds: FieldScalar, given: unknown): number | bigint {
  const named = typeof given === 'string' ? field.names?.get(given) : undefined
  const value = named ?? integerIn(given)
  if (value === undefined || !isInRange(value, holds))
    throw unfitting(
      field,
      field.names === undefined ? 'an integer of its size' : 'a number or name of its kind',
    )
  return value
}

/** A number, which is a bigint from 2^53 on. */
function integerIn(value: unknown): number | bigint | undefined {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined
  if (typeof value !== 'string' || !INTEGER.test(value)) return undefined
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : BigInt(value)
}

function isInRange(value: number | bigint, holds: FieldScalar): boolean {
  const exact = BigInt(value)
  if (holds === 'signed') return BigInt.asIntN(64, exact) === exact
  return BigInt.asUintN(holds === 'fixed32' ? 32 : 64, exact) === exact
}

function unfitting({ name }: MessageField, what: string): TocsinError {
  return new TocsinError('TCN_HTTP_BODY', `\`${name}\` is not ${what}`)
}
