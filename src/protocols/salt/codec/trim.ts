import { kindAt, numberAt, textStart } from '../../../event/msgpack/find.js'
import { SALT_CONSTANT_EXT, SALT_DATETIME_EXT } from '../../../event/msgpack/values.js'
import { readLength, walkValue } from '../../../event/msgpack/walk.js'

/** `sys.getsizeof` of empty objects in 64-bit CPython 3.10, which Salt is shipped with. */
const Size = { bytes: 33, list: 56, float: 24, none: 16, object: 48, int: 24, digit: 4, ascii: 49, text: 72 }

const PASSES = [50, 40, 30, 20, 10]
const encoder = new TextEncoder()
/** The replacement text with its msgpack head. */
const TRIMMED = Uint8Array.of(0xa0 + 13, ...encoder.encode('VALUE_TRIMMED'))

/**
 * Trims event data to `max_event_size` as Salt's senders do: values whose size in CPython is above half of the limit
 * are replaced with the text `VALUE_TRIMMED`, then those above 40, 30, 20 and 10 % of it, until the whole is below the
 * limit. The result can still be over it, since a list counts only the table of its items. `data` comes from `pack`.
 */
export function trim(data: Uint8Array, limit: number): Uint8Array {
  if (Size.bytes + data.length <= limit || kindAt(data, 0) !== 'map') return data
  let trimmed = data
  for (const percent of PASSES) {
    trimmed = new Pass(data, limit * (percent / 100), percent !== PASSES[0]).run()
    if (Size.bytes + trimmed.length < limit) break
  }
  return trimmed
}

/** One pass over the values of the map and of nested maps, from the first byte to the last. */
class Pass {
  readonly #data: Uint8Array
  readonly #largest: number
  /** CPython keeps the UTF-8 form of a text that was packed before, and includes it in the size. */
  readonly #packedBefore: boolean
  readonly #parts: Uint8Array[] = []
  #copied = 0

  constructor(data: Uint8Array, largest: number, packedBefore: boolean) {
    this.#data = data
    this.#largest = largest
    this.#packedBefore = packedBefore
  }

  run(): Uint8Array {
    this.#map(0)
    this.#parts.push(this.#data.subarray(this.#copied))
    return Buffer.concat(this.#parts)
  }

  #map(start: number): number {
    const { entries, first } = mapHead(this.#data, start)
    let at = first
    for (let index = 0; index < entries; index++) {
      const value = walkValue(this.#data, at, this.#data.length)
      at = kindAt(this.#data, value) === 'map' ? this.#map(value) : this.#value(value)
    }
    return at
  }

  #value(at: number): number {
    const next = walkValue(this.#data, at, this.#data.length)
    if (pythonSize(this.#data, at, next, this.#packedBefore) > this.#largest) {
      this.#parts.push(this.#data.subarray(this.#copied, at), TRIMMED)
      this.#copied = next
    }
    return next
  }
}

function mapHead(data: Uint8Array, at: number): { entries: number; first: number } {
  const wide = data[at] === 0xde ? 2 : data[at] === 0xdf ? 4 : 0
  const entries = wide === 0 ? data[at] & 0x0f : readLength(data, at + 1, wide)
  return { entries, first: at + 1 + wide }
}

/** `sys.getsizeof` of the object that Salt's reader makes of the value in [at, next), which is not a map. */
export function pythonSize(data: Uint8Array, at: number, next: number, packedBefore = false): number {
  switch (kindAt(data, at)) {
    case 'text':
      return textSize(data, textStart(data, at), next, packedBefore)
    case 'bytes':
      return Size.bytes + next - textLikeStart(data[at], at)
    case 'array':
      return Size.list + 8 * arrayLength(data, at)
    case 'nil':
      return Size.none
    case 'boolean':
      return data[at] === 0xc3 ? intSize(1n) : intSize(0n)
    case 'float':
      return Size.float
    case 'ext':
      return extSize(data, at, next)
    default:
      return intSize(BigInt(numberAt(data, at) as number | bigint))
  }
}

function textLikeStart(lead: number, at: number): number {
  return at + 1 + (1 << (lead - 0xc4))
}

function arrayLength(data: Uint8Array, at: number): number {
  if (data[at] < 0xa0) return data[at] & 0x0f
  return readLength(data, at + 1, data[at] === 0xdc ? 2 : 4)
}

/** CPython stores an int in digits of 30 bits. */
function intSize(value: bigint): number {
  let digits = 0
  for (let rest = value < 0n ? -value : value; rest > 0n; rest >>= 30n) digits++
  return Size.int + Size.digit * digits
}

/** CPython stores a text with the smallest of 1, 2 and 4 bytes per character, and a final zero. */
function textSize(data: Uint8Array, start: number, end: number, packedBefore: boolean): number {
  let characters = 0
  let highest = 0
  for (let at = start; at < end; at++) {
    if ((data[at] & 0xc0) === 0x80) continue
    characters++
    if (data[at] > highest) highest = data[at]
  }
  if (highest < 0x80) return Size.ascii + characters
  const width = highest < 0xc4 ? 1 : highest < 0xf0 ? 2 : 4
  const kept = packedBefore ? end - start + 1 : 0
  return Size.text + width * (characters + 1) + kept
}

/** A datetime and a constant become objects; any other ext value becomes bytes. */
function extSize(data: Uint8Array, at: number, next: number): number {
  const lead = data[at]
  const wide = lead <= 0xc9 ? 1 << (lead - 0xc7) : 0
  const type = data[at + 1 + wide]
  if (type === SALT_DATETIME_EXT || type === SALT_CONSTANT_EXT) return Size.object
  return Size.bytes + next - (at + 2 + wide)
}
