import { EMPTY_HASH, mixed } from '../../filter/tokens/token-hash.js'
import type { FieldValue } from '../contract/index.js'

const TEXT = 0
const NUMBER = 1
const BOOLEAN = 2
const NULL = 3
/** Characters for each value, until more are needed. */
const USUAL_LENGTH = 16
/** Slots that are looked at for one value. Only one of many values that somebody has chosen for it needs more. */
const MOST_PROBES = 256

/**
 * The numbers of at most `most` different values. With one value too many, the rarest half is dropped. Values then come
 * and go by the million, so they are characters in memory that is used again, and leave nothing to be collected.
 */
export class ManyValues {
  readonly #most: number
  readonly #counts: Float64Array
  readonly #kinds: Uint8Array
  readonly #hashes: Int32Array
  /** Ends of the characters of each value, which begin where those of the value before end. */
  readonly #ends: Uint32Array
  /** Open addressing by hash: the place of a value plus 1, or 0. */
  readonly #slots: Int32Array
  #characters: Uint16Array
  #size = 0

  constructor(most: number) {
    this.#most = most
    this.#counts = new Float64Array(most)
    this.#kinds = new Uint8Array(most)
    this.#hashes = new Int32Array(most)
    this.#ends = new Uint32Array(most)
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(3 * most)))
    this.#characters = new Uint16Array(most * USUAL_LENGTH)
  }

  get size(): number {
    return this.#size
  }

  get bytes(): number {
    const all = [this.#counts, this.#kinds, this.#hashes, this.#ends, this.#slots, this.#characters]
    return all.reduce((sum, { byteLength }) => sum + byteLength, 0)
  }

  /** Returns by how much the number of a value may be too small because of this one: 0 if nothing was dropped. */
  add(value: FieldValue, count: number): number {
    const kind = kindOfValue(value)
    const text = String(value)
    const hash = hashOf(text, kind)
    const slot = this.#slotOf(text, kind, hash)
    if (slot === undefined) return count
    const known = this.#slots[slot] - 1
    if (known >= 0) {
      this.#counts[known] += count
      return 0
    }
    const dropped = this.#size < this.#most ? 0 : this.#dropRarest()
    const nth = this.#size++
    this.#counts[nth] = count
    this.#kinds[nth] = kind
    this.#hashes[nth] = hash
    this.#write(nth, text)
    this.#slots[this.#freeSlot(hash)] = nth + 1
    return dropped
  }

  *[Symbol.iterator](): Generator<[FieldValue, number]> {
    for (let nth = 0; nth < this.#size; nth++) yield [this.#valueAt(nth), this.#counts[nth]]
  }

  #startOf(nth: number): number {
    return nth === 0 ? 0 : this.#ends[nth - 1]
  }

  #valueAt(nth: number): FieldValue {
    const text = String.fromCharCode(...this.#characters.subarray(this.#startOf(nth), this.#ends[nth]))
    switch (this.#kinds[nth]) {
      case NUMBER:
        return Number(text)
      case BOOLEAN:
        return text === 'true'
      case NULL:
        return null
      default:
        return text
    }
  }

  get(value: FieldValue): number | undefined {
    const kind = kindOfValue(value)
    const text = String(value)
    const slot = this.#slotOf(text, kind, hashOf(text, kind))
    const nth = slot === undefined ? -1 : this.#slots[slot] - 1
    return nth < 0 ? undefined : this.#counts[nth]
  }

  /** Returns the slot of the value, or the free one in which it would be; undefined if both are too far away. */
  #slotOf(text: string, kind: number, hash: number): number | undefined {
    const mask = this.#slots.length - 1
    for (let probe = 0; probe < MOST_PROBES; probe++) {
      const slot = (hash + probe) & mask
      const nth = this.#slots[slot] - 1
      if (nth < 0 || (this.#hashes[nth] === hash && this.#kinds[nth] === kind && this.#isText(nth, text)))
        return slot
    }
    return undefined
  }

  #freeSlot(hash: number): number {
    const mask = this.#slots.length - 1
    let slot = hash & mask
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
    return slot
  }

  #isText(nth: number, text: string): boolean {
    const start = this.#startOf(nth)
    if (this.#ends[nth] - start !== text.length) return false
    for (let at = 0; at < text.length; at++)
      if (this.#characters[start + at] !== text.charCodeAt(at)) return false
    return true
  }

  #write(nth: number, text: string): void {
    const start = this.#startOf(nth)
    const end = start + text.length
    if (end > this.#characters.length) {
      const larger = new Uint16Array(2 * end)
      larger.set(this.#characters.subarray(0, start))
      this.#characters = larger
    }
    for (let at = 0; at < text.length; at++) this.#characters[start + at] = text.charCodeAt(at)
    this.#ends[nth] = end
  }

  /** Half of the values, so that this is rare. */
  #dropRarest(): number {
    const half = Math.max(1, this.#size >> 1)
    const { limit, below } = limitOf(this.#counts.subarray(0, this.#size), half)
    let atLimit = half - below
    let kept = 0
    let from = 0
    for (let nth = 0; nth < this.#size; nth++) {
      const [start, end] = [from, this.#ends[nth]]
      from = end
      const count = this.#counts[nth]
      if (count < limit || (count === limit && atLimit-- > 0)) continue
      this.#move(nth, kept++, start, end)
    }
    this.#size = kept
    this.#slots.fill(0)
    for (let nth = 0; nth < kept; nth++) this.#slots[this.#freeSlot(this.#hashes[nth])] = nth + 1
    return limit
  }

  #move(nth: number, to: number, start: number, end: number): void {
    const place = this.#startOf(to)
    this.#characters.copyWithin(place, start, end)
    this.#counts[to] = this.#counts[nth]
    this.#kinds[to] = this.#kinds[nth]
    this.#hashes[to] = this.#hashes[nth]
    this.#ends[to] = place + end - start
  }
}

function kindOfValue(value: FieldValue): number {
  switch (typeof value) {
    case 'string':
      return TEXT
    case 'number':
      return NUMBER
    case 'boolean':
      return BOOLEAN
    default:
      return NULL
  }
}

function hashOf(text: string, kind: number): number {
  let hash = EMPTY_HASH ^ kind
  for (let at = 0; at < text.length; at++) hash = mixed(hash, text.charCodeAt(at))
  // The lowest bits choose the slot.
  return hash ^ (hash >>> 15)
}

/** Numbers below it are counted one by one; nearly all numbers of values that are dropped are. */
const COUNTED = 64

/** Returns the largest of the `rarest` smallest numbers, and how many numbers are smaller than that. */
function limitOf(numbers: Float64Array, rarest: number): { limit: number; below: number } {
  const times = new Uint32Array(COUNTED)
  const large: number[] = []
  for (const number of numbers) {
    if (number < COUNTED) times[number]++
    else large.push(number)
  }
  let below = 0
  for (let limit = 0; limit < COUNTED; below += times[limit++])
    if (below + times[limit] >= rarest) return { limit, below }
  const sorted = Float64Array.from(large).sort()
  const limit = sorted[rarest - below - 1]
  return { limit, below: below + sorted.indexOf(limit) }
}
