import { TocsinError } from '../../../errors/tocsin-error.js'
import { MAX_BODY_DEPTH } from '../../../event/frame.js'
import { encode } from '../../../event/msgpack/encoder.js'
import { bytesAt, kindAt, numberAt, textLength, textStart } from '../../../event/msgpack/find.js'
import { readText } from '../../../event/msgpack/generated-code.js'
import { Ext, SALT_CONSTANT_EXT, SALT_DATETIME_EXT, SaltConstant } from '../../../event/msgpack/values.js'
import { checkValue, readLength, walkValue } from '../../../event/msgpack/walk.js'
import { isUtf8 } from '../../../event/utf8.js'
import { PythonDatetime } from './python-datetime.js'

export { PythonDatetime, SaltConstant }

export interface UnpackOptions {
  /** With `keep`, a float without a fraction becomes a PythonFloat. Default `number`. */
  floats?: 'number' | 'keep'
}

/**
 * Unpacks the data of a Salt event with the types that Salt's own reader gives.
 *
 * A str becomes a string, and a bin a Uint8Array with memory of its own. If any str is not UTF-8, every str of the
 * whole value, including keys, becomes a Uint8Array. Integers beyond 2^53 become bigints, ext 78 a PythonDatetime, ext
 * 79 a SaltConstant, and any other ext its bytes. A map with only string keys becomes an object, any other map a Map.
 * Throws TCN_BODY_INVALID, TCN_BODY_DEPTH or TCN_BODY_TRAILING.
 */
export function unpack(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
  options: UnpackOptions = {},
): unknown {
  const fault = checkValue(bytes, start, end)
  if (fault !== undefined) throw new TocsinError(fault)
  try {
    return new Reader(bytes, start, end, options, false).value()
  } catch (error) {
    if (error !== NOT_UTF8) throw error
    return new Reader(bytes, start, end, options, true).value()
  }
}

const NOT_UTF8 = Symbol('a str that is not UTF-8')

/** Reads msgpack that the walk has found valid, so that lengths need no check. */
class Reader {
  readonly #bytes: Uint8Array
  readonly #end: number
  readonly #options: UnpackOptions
  /** Read every str as bytes. */
  readonly #raw: boolean
  #at: number

  constructor(bytes: Uint8Array, start: number, end: number, options: UnpackOptions, raw: boolean) {
    this.#bytes = bytes
    this.#at = start
    this.#end = end
    this.#options = options
    this.#raw = raw
  }

  value(): unknown {
    const at = this.#at
    const kind = kindAt(this.#bytes, at)
    if (kind === 'map') return this.#map(this.#count(at, 0x0f, 0xde))
    if (kind === 'array') return this.#array(this.#count(at, 0x0f, 0xdc))
    this.#at = walkValue(this.#bytes, at, this.#end)
    switch (kind) {
      case 'text':
        return this.#text(at)
      case 'bytes':
        return new Uint8Array(bytesAt(this.#bytes, at) as Uint8Array)
      case 'nil':
        return null
      case 'boolean':
        return this.#bytes[at] === 0xc3
      case 'ext':
        return this.#ext(at)
      case 'float':
        return this.#float(numberAt(this.#bytes, at) as number)
      default:
        return numberAt(this.#bytes, at)
    }
  }

  /** Number of entries of the container at `at`; moves to its first entry. */
  #count(at: number, mask: number, wide: number): number {
    const lead = this.#bytes[at]
    const width = lead === wide ? 2 : lead === wide + 1 ? 4 : 0
    this.#at = at + 1 + width
    return width === 0 ? lead & mask : readLength(this.#bytes, at + 1, width)
  }

  #array(count: number): unknown[] {
    const values: unknown[] = []
    for (let index = 0; index < count; index++) values.push(this.value())
    return values
  }

  #map(count: number): unknown {
    const entries: [unknown, unknown][] = []
    for (let index = 0; index < count; index++) entries.push([this.value(), this.value()])
    return entries.every(([key]) => typeof key === 'string') ? objectOf(entries) : new Map(entries)
  }

  #text(at: number): string | Uint8Array {
    const start = textStart(this.#bytes, at)
    const end = start + textLength(this.#bytes, at)
    if (this.#raw) return this.#bytes.slice(start, end)
    if (!isUtf8(this.#bytes, start, end)) throw NOT_UTF8
    return readText(this.#bytes, start, end)
  }

  #float(value: number): number | PythonFloat {
    const keep = this.#options.floats === 'keep' && Number.isInteger(value)
    return keep ? new PythonFloat(value) : value
  }

  #ext(at: number): unknown {
    const lead = this.#bytes[at]
    const wide = lead <= 0xc9 ? 1 << (lead - 0xc7) : 0
    const type = (this.#bytes[at + 1 + wide] << 24) >> 24
    const content = new Uint8Array(this.#bytes.subarray(at + 2 + wide, this.#at))
    if (type === SALT_DATETIME_EXT) return datetimeOf(content) ?? content
    if (type === SALT_CONSTANT_EXT) return constantOf(content, this.#options) ?? content
    return content
  }
}

/** An object with these entries, in which `__proto__` is an ordinary property. */
function objectOf(entries: readonly [unknown, unknown][]): Record<string, unknown> {
  const object: Record<string, unknown> = {}
  for (const [key, value] of entries as [string, unknown][]) {
    if (key in Object.prototype) {
      Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
    } else object[key] = value
  }
  return object
}

function datetimeOf(content: Uint8Array): PythonDatetime | undefined {
  return content.length > 32 ? undefined : PythonDatetime.parse(readText(content, 0, content.length))
}

function constantOf(content: Uint8Array, options: UnpackOptions): SaltConstant | undefined {
  try {
    const pair = unpack(content, 0, content.length, options)
    const isPair = Array.isArray(pair) && pair.length === 2 && typeof pair[0] === 'string'
    return isPair ? new SaltConstant(pair[0], pair[1]) : undefined
  } catch (error) {
    if (!TocsinError.is(error)) throw error
    return undefined
  }
}

/**
 * Packs msgpack as Salt writes it: integers beyond 64 bits as text, times as ext 78, with a Date in UTC, and everything
 * else as `encode` does. Throws TCN_BODY_INVALID or TCN_BODY_DEPTH.
 */
export function pack(value: unknown): Uint8Array<ArrayBuffer> {
  return encode(writable(value, 0))
}

const MIN_INTEGER = -(2n ** 63n)
const MAX_INTEGER = 2n ** 64n - 1n
const utf8 = new TextEncoder()

/** The value in types that the encoder supports; copied only where necessary. */
function writable(value: unknown, depth: number): unknown {
  if (typeof value === 'bigint') return value < MIN_INTEGER || value > MAX_INTEGER ? value.toString() : value
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  // The encoder would refuse a value as deep as this.
  if (depth > MAX_BODY_DEPTH) throw new TocsinError('TCN_BODY_DEPTH')
  if (value instanceof PythonDatetime) return new Ext(SALT_DATETIME_EXT, utf8.encode(value.text))
  if (value instanceof PythonFloat) return value
  if (value instanceof Date)
    return Number.isNaN(value.getTime()) ? null : writable(PythonDatetime.of(value), depth)
  if (value instanceof SaltConstant) {
    return new Ext(SALT_CONSTANT_EXT, encode([value.name, writable(value.value, depth + 1)]))
  }
  if (Array.isArray(value)) return value.map((item) => writable(item, depth + 1))
  if (value instanceof Set) return [...value].map((item) => writable(item, depth + 1))
  if (value instanceof Map)
    return new Map(
      [...value].map((pair) => pair.map((item) => writable(item, depth + 1))) as [unknown, unknown][],
    )
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value
  return writableObject(value, depth)
}

function writableObject(value: object, depth: number): object {
  const object: Record<string, unknown> = Object.create(null)
  for (const [key, item] of Object.entries(value)) object[key] = writable(item, depth + 1)
  return object
}

/**
 * A float also where it has no fraction, which a number does not tell from an integer.
 *
 * @example
 * await using event = new SaltEvent('master')
 * await event.fireEvent({ limit: new PythonFloat(2) }, 'deploy/limit') // 2.0 in Python, not 2
 */
export class PythonFloat extends Number {
  get value(): number {
    return this.valueOf()
  }
}
