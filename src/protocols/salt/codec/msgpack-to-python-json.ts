import { TocsinError } from '../../../errors/tocsin-error.js'
import { decode } from '../../../event/msgpack/decoder.js'
import {
  bytesAt,
  kindAt,
  numberAt,
  textLength,
  textStart,
  type ValueKind,
} from '../../../event/msgpack/find.js'
import { readText } from '../../../event/msgpack/generated-code.js'
import { SALT_CONSTANT_EXT, SALT_DATETIME_EXT, TIME_EXT } from '../../../event/msgpack/values.js'
import { checkValue, readLength, walkValue } from '../../../event/msgpack/walk.js'
import { isUtf8 } from '../../../event/utf8.js'
import { JsonLayout, type JsonOptions, type Key, type Members } from './json-layout.js'
import { bytesText, scalarKey, specialText } from './python-json.js'
import { datetimeText, floatText } from './python-text.js'

/**
 * The JSON that Python's `json.dumps` writes for the msgpack value in [start, end); see `pythonJson`. Values are not
 * decoded in between, so that `1.0` remains a float, 64-bit integers are exact and keys keep their order. A str that is
 * not UTF-8 is treated as bytes. Throws TCN_BODY_INVALID, TCN_BODY_DEPTH or TCN_BODY_TRAILING.
 */
export function msgpackToPythonJson(
  bytes: Uint8Array,
  options: JsonOptions = {},
  start = 0,
  end = bytes.length,
): string {
  const fault = checkValue(bytes, start, end)
  if (fault !== undefined) throw new TocsinError(fault)
  return new JsonReader(new JsonLayout(options), bytes, start, end).value(0)
}

/** The key of a map in [start, end), which is sound msgpack, as Python compares and writes it. */
export function pythonKey(bytes: Uint8Array, start: number, end: number): Key {
  return new JsonReader(PLAIN_LAYOUT, bytes, start, end).key(0)
}

const PLAIN_LAYOUT = new JsonLayout({})

/** Reads msgpack that the walk has found valid, so that lengths need no check. */
class JsonReader {
  readonly #layout: JsonLayout
  readonly #bytes: Uint8Array
  readonly #end: number
  #at: number

  constructor(layout: JsonLayout, bytes: Uint8Array, start: number, end: number) {
    this.#layout = layout
    this.#bytes = bytes
    this.#at = start
    this.#end = end
  }

  value(depth: number): string {
    const at = this.#at
    const kind = kindAt(this.#bytes, at)
    if (kind === 'map') return this.#map(this.#count(at, 0xde), depth)
    if (kind === 'array') return this.#array(this.#count(at, 0xdc), depth)
    this.#at = walkValue(this.#bytes, at, this.#end)
    const { order, text } = this.#scalar(at, kind)
    return typeof order === 'string' ? this.#layout.quoted(text) : text
  }

  /** Number of entries of the container at `at`; moves to its first entry. */
  #count(at: number, wide: number): number {
    const lead = this.#bytes[at]
    const width = lead === wide ? 2 : lead === wide + 1 ? 4 : 0
    this.#at = at + 1 + width
    return width === 0 ? lead & 0x0f : readLength(this.#bytes, at + 1, width)
  }

  #array(count: number, depth: number): string {
    const items: string[] = []
    for (let index = 0; index < count; index++) items.push(this.value(depth + 1))
    return this.#layout.list(items, depth)
  }

  #map(count: number, depth: number): string {
    const members: Members = new Map()
    for (let index = 0; index < count; index++) {
      const key = this.key(depth)
      this.#layout.add(members, key, this.value(depth + 1))
    }
    return this.#layout.map(members, depth)
  }

  key(depth: number): Key {
    const at = this.#at
    const kind = kindAt(this.#bytes, at)
    if (kind === 'map' || kind === 'array') return textKey(this.value(depth))
    this.#at = walkValue(this.#bytes, at, this.#end)
    return this.#scalar(at, kind)
  }

  #scalar(at: number, kind: ValueKind): Key {
    switch (kind) {
      case 'text':
        return textKey(this.#text(at))
      case 'bytes':
        return textKey(bytesText(bytesAt(this.#bytes, at) as Uint8Array))
      case 'ext':
        return textKey(this.#ext(at))
      case 'nil':
        return scalarKey(null)
      case 'boolean':
        return scalarKey(this.#bytes[at] === TRUE)
      case 'float': {
        const value = numberAt(this.#bytes, at) as number
        return { order: value, text: floatText(value) }
      }
      default:
        return scalarKey(numberAt(this.#bytes, at) as number | bigint)
    }
  }

  #text(at: number): string {
    const start = textStart(this.#bytes, at)
    const end = start + textLength(this.#bytes, at)
    return isUtf8(this.#bytes, start, end)
      ? readText(this.#bytes, start, end)
      : bytesText(this.#bytes.subarray(start, end))
  }

  #ext(at: number): string {
    const lead = this.#bytes[at]
    const wide = lead <= 0xc9 ? 1 << (lead - 0xc7) : 0
    const type = (this.#bytes[at + 1 + wide] << 24) >> 24
    const content = this.#bytes.subarray(at + 2 + wide, this.#at)
    const text = bytesText(content)
    if (type === SALT_DATETIME_EXT) return datetimeText(text) ?? text
    if (type !== TIME_EXT && type !== SALT_CONSTANT_EXT) return text
    return specialText(decode(this.#bytes, at, this.#at) as object) ?? text
  }
}

function textKey(text: string): Key {
  return { order: text, text }
}

const TRUE = 0xc3
