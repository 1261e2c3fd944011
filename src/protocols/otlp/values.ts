import { asFields, own } from '../../event/json/object.js'

/** The value that an AnyValue stands for; null for none. */
export function plainValue(value: unknown): unknown {
  const { stringValue, boolValue, intValue, doubleValue, bytesValue, arrayValue, kvlistValue } =
    asFields(value)
  const scalar = stringValue ?? boolValue ?? intValue ?? doubleValue ?? bytesValue
  if (scalar !== undefined) return scalar
  if (arrayValue !== undefined) return listIn(own(arrayValue, 'values')).map(plainValue)
  if (kvlistValue !== undefined) return attributesIn(own(kvlistValue, 'values'))
  return null
}

/** The attributes of an item, of a scope or of a resource. */
export function attributesIn(value: unknown): Record<string, unknown> {
  const pairs = listIn(value).map(asFields)
  return Object.fromEntries(pairs.map(({ key, value }) => [String(key ?? ''), plainValue(value)]))
}

/** A time as µs since the epoch; undefined for 0, which means none. */
export function microsIn(nanoseconds: unknown): number | undefined {
  if (typeof nanoseconds === 'bigint') return nanoseconds > 0 ? Number(nanoseconds / 1000n) : undefined
  return typeof nanoseconds === 'number' && nanoseconds > 0 ? Math.floor(nanoseconds / 1000) : undefined
}

export function textIn(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** An id in hexadecimal digits; undefined for one of zeros, which means none. */
export function idIn(value: unknown): string | undefined {
  const text = textIn(value)
  return text === undefined || /^0*$/.test(text) ? undefined : text
}

export function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
