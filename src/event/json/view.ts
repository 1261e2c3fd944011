import { encodeBase64 } from '../base64.js'
import { Ext, nanosecondsOf, SaltConstant, Timestamp } from '../msgpack/values.js'

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

/**
 * The JSON representation of a decoded value: bytes become base64, integers beyond 2^53 decimal text, times
 * RFC 3339, NaN and infinities text, an unknown ext `{ ext, bytes }`, and a constant of Salt `{ name, value
 * }`. Keys that are not text become text. `__proto__` is an ordinary key.
 *
 * @example
 * jsonView({ id: 2n ** 60n, key: Uint8Array.of(1, 2, 255) }) // { id: '1152921504606846976', key: 'AQL/' }
 */
export function jsonView(value: unknown): Json {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) ? value : String(value)
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
    case 'object':
      return value === null ? null : objectView(value)
    default:
      return null
  }
}

function objectView(value: object): Json {
  if (Array.isArray(value)) return value.map(jsonView)
  if (value instanceof Uint8Array) return encodeBase64(value)
  if (value instanceof Date) return timeView(value)
  if (value instanceof Map) return entriesView([...value].map(([key, item]) => [keyText(key), item]))
  if (value instanceof Ext) return { ext: value.ext, bytes: encodeBase64(value.bytes) }
  if (value instanceof SaltConstant) return { name: value.name, value: jsonView(value.value) }
  return entriesView(Object.entries(value))
}

function entriesView(entries: [string, unknown][]): Json {
  const view: { [key: string]: Json } = {}
  for (const [key, item] of entries) {
    if (key === '__proto__') {
      Object.defineProperty(view, key, {
        value: jsonView(item),
        enumerable: true,
        configurable: true,
        writable: true,
      })
    } else {
      view[key] = jsonView(item)
    }
  }
  return view
}

/** A key of a map as text. */
export function keyText(key: unknown): string {
  const view = jsonView(key)
  return typeof view === 'string' ? view : JSON.stringify(view)
}

/** A time with milliseconds, or with more digits if it is more precise. */
function timeView(time: Date): Json {
  if (Number.isNaN(time.getTime())) return null
  if (!(time instanceof Timestamp)) return time.toISOString()
  const fraction = String(nanosecondsOf(time)).padStart(9, '0').replace(/0+$/, '')
  return time.toISOString().replace(/\.\d+Z$/, `.${fraction}Z`)
}
