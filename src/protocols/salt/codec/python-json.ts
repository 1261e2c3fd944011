import { encodeBase64 } from '../../../event/base64.js'
import { nanosecondsOf, SaltConstant } from '../../../event/msgpack/values.js'
import { decodeUtf8, isUtf8 } from '../../../event/utf8.js'
import { JsonLayout, type JsonOptions, type Key, type Members } from './json-layout.js'
import { dateText, datetimeText, floatText } from './python-text.js'
import { PythonDatetime, PythonFloat } from './values.js'

/**
 * JSON that is byte for byte what Python's `json.dumps` writes, with the separators `", "` and `": "`.
 *
 * Values without a JSON type are written as in newer versions of Salt: bytes as text if they are UTF-8 and as base64
 * otherwise, a datetime as `2024-01-02 03:04:05.000006`. A whole number is written as an int, and beyond 2^53 as a
 * float; use a bigint for a larger int and a PythonFloat for a whole float. Where ints and floats must be told apart or
 * keys must keep their order, use `msgpackToPythonJson`.
 */
export function pythonJson(value: unknown, options: JsonOptions = {}): string {
  return new ValueWriter(new JsonLayout(options)).text(value, 0)
}

class ValueWriter {
  readonly #layout: JsonLayout

  constructor(layout: JsonLayout) {
    this.#layout = layout
  }

  text(value: unknown, depth: number): string {
    switch (typeof value) {
      case 'string':
        return this.#layout.quoted(value)
      case 'number':
        return numberText(value)
      case 'bigint':
      case 'boolean':
        return String(value)
      case 'object':
        return value === null ? 'null' : this.#object(value, depth)
      default:
        return 'null'
    }
  }

  #object(value: object, depth: number): string {
    this.#layout.checkDepth(depth)
    if (Array.isArray(value)) {
      const items = value.map((item) => this.text(item, depth + 1))
      return this.#layout.list(items, depth)
    }
    if (value instanceof PythonFloat) return floatText(value.value)
    const special = specialText(value)
    return special === undefined ? this.#map(value, depth) : this.#layout.quoted(special)
  }

  #map(value: object, depth: number): string {
    const entries: Iterable<[unknown, unknown]> = value instanceof Map ? value : Object.entries(value)
    const members: Members = new Map()
    for (const [key, item] of entries) {
      this.#layout.add(members, this.#key(key, depth), this.text(item, depth + 1))
    }
    return this.#layout.map(members, depth)
  }

  #key(key: unknown, depth: number): Key {
    if (typeof key === 'string') return { order: key, text: key }
    if (typeof key === 'number' || typeof key === 'bigint' || typeof key === 'boolean' || key === null) {
      return scalarKey(key)
    }
    if (key instanceof PythonFloat) return { order: key.value, text: floatText(key.value) }
    const text = specialText(key as object) ?? this.text(key, depth)
    return { order: text, text }
  }
}

export function scalarKey(key: number | bigint | boolean | null): Key {
  const order = typeof key === 'boolean' ? Number(key) : key
  return { order, text: typeof key === 'number' ? numberText(key) : String(key) }
}

function numberText(value: number): string {
  return Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : floatText(value)
}

/** The text of a value that is an object in JavaScript and a scalar in Python. */
export function specialText(value: object): string | undefined {
  if (value instanceof Uint8Array) return bytesText(value)
  if (value instanceof PythonDatetime) return datetimeText(value.text)
  if (value instanceof Date) return dateText(value, nanosecondsOf(value))
  if (value instanceof SaltConstant) return `<Constant.${value.name}>`
  return undefined
}

export function bytesText(bytes: Uint8Array): string {
  return isUtf8(bytes, 0, bytes.length) ? decodeUtf8(bytes, 0, bytes.length) : encodeBase64(bytes)
}
