import { asFields, own } from '../../event/json/object.js'

/** Reads what messages of OTLP say, in either of their forms: JSON has texts where Protocol Buffers have 64 bits or bytes. */

const INTEGER = /^-?\d{1,20}$/

/** The value that an AnyValue stands for; null for none. */
export function plainValue(value: unknown): unknown {
  const { stringValue, boolValue, intValue, doubleValue, bytesValue, arrayValue, kvlistValue } =
    asFields(value)
  if (stringValue !== undefined) return String(stringValue)
  if (boolValue !== undefined) return boolValue === true
  if (intValue !== undefined) return integerIn(intValue) ?? null
  if (doubleValue !== undefined) return Number(doubleValue)
  if (arrayValue !== undefined) return listIn(own(arrayValue, 'values')).map(plainValue)
  if (kvlistValue !== undefined) return attributesIn(own(kvlistValue, 'values'))
  return bytesIn(bytesValue)
}

/** The attributes of an item, of a scope or of a resource. */
export function attributesIn(value: unknown): Record<string, unknown> {
  const pairs = listIn(value).map(asFields)
  return Object.fromEntries(pairs.map(({ key, value }) => [String(key ?? ''), plainValue(value)]))
}

/** A number, which is a bigint from 2^53 on. */
export function integerIn(value: unknown): number | bigint | undefined {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number') return Number.isInteger(value) ? value : undefined
  if (typeof value !== 'string' || !INTEGER.test(value)) return undefined
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : BigInt(value)
}

/** A time as µs since the epoch; undefined for 0, which stands for none. */
export function microsIn(nanoseconds: unknown): number | undefined {
  const value = integerIn(nanoseconds)
  if (value === undefined || value <= 0) return undefined
  return typeof value === 'bigint' ? Number(value / 1000n) : Math.floor(value / 1000)
}

export function textIn(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** An id of this number of bytes; undefined for what is none. */
export function idIn(value: unknown, bytes: 8 | 16): string | undefined {
  const text = textIn(value)?.toLowerCase() ?? ''
  return text.length === 2 * bytes && /^[0-9a-f]*[1-9a-f][0-9a-f]*$/.test(text) ? text : undefined
}

export function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function bytesIn(value: unknown): Uint8Array | null {
  if (value instanceof Uint8Array) return value
  return typeof value === 'string' ? Buffer.from(value, 'base64') : null
}
