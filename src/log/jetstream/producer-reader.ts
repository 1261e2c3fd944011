import type { ProducerRange } from '../event-log.js'
import { producerOf } from './event-message.js'

/** Reads the counters of producers, most of which have the key of the one before. */
export class ProducerReader {
  #range: ProducerRange = { key: '', first: 0, last: 0, count: 0 }
  #key = Buffer.alloc(0)

  /** Reads `first last count key`. Undefined if this is something else. */
  read(data: Uint8Array, start: number, stop: number): ProducerRange | undefined {
    const keyAt = stop - this.#key.length
    if (
      this.#key.length === 0 ||
      keyAt <= start ||
      !isAt(data, keyAt, this.#key) ||
      data[keyAt - 1] !== SPACE
    )
      return this.#readNew(data, start, stop)
    const second = spaceAfter(data, start, keyAt)
    const third = spaceAfter(data, second + 1, keyAt)
    const first = digitsAt(data, start, second)
    const last = digitsAt(data, second + 1, third)
    const count = digitsAt(data, third + 1, keyAt - 1)
    // Zero may be no number at all.
    if (first === 0 || last === 0 || count === 0) return this.#readNew(data, start, stop)
    return { key: this.#range.key, first, last, count }
  }

  #readNew(data: Uint8Array, start: number, stop: number): ProducerRange | undefined {
    const text = Buffer.from(data.buffer, data.byteOffset, stop).toString('latin1', start)
    const range = producerOf(text)
    if (range !== undefined) {
      this.#range = range
      this.#key = Buffer.from(text.slice(text.lastIndexOf(' ') + 1), 'latin1')
    }
    return range
  }
}

/** Returns a number of at most 15 digits; 0 if it is none. */
export function digitsAt(data: Uint8Array, start: number, stop: number): number {
  if (stop - start > MAX_DIGITS) return 0
  let value = 0
  for (let at = start; at < stop; at++) {
    const digit = data[at] - ZERO
    if (digit < 0 || digit > 9) return 0
    value = value * 10 + digit
  }
  return value
}

function spaceAfter(data: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end && data[at] !== SPACE) at++
  return at
}

function isAt(data: Uint8Array, start: number, text: Uint8Array): boolean {
  for (let at = 0; at < text.length; at++) if (data[start + at] !== text[at]) return false
  return true
}

const MAX_DIGITS = 15
const SPACE = 0x20
const ZERO = 0x30
