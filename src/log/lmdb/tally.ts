import { copyBytes } from '../../event/copy-bytes.js'
import { type CountedValue, TOP, type TopValues } from './summary-codec.js'

interface Entry extends CountedValue {
  /** The next entry with the same hash. */
  next: Entry | undefined
}

const SLOTS = 256
/** Further distinct values of a chunk are left out, so that no publisher can make counting slow. */
export const MAX_VALUES = 512

/** Counts how often byte strings occur in one chunk. Counting a known value allocates no object. */
export class Tally {
  #slots: (Entry | undefined)[] = new Array(SLOTS).fill(undefined)
  #entries: Entry[] = []
  #last: Entry | undefined
  #leftOut = false

  /** Counts the value of the last `add` again, if that counted it. */
  addLast(): void {
    this.#last!.count++
  }

  /** Counts a value. Returns false if it is left out. */
  add(bytes: Uint8Array, start: number, length: number): boolean {
    const slot = hash(bytes, start, length)
    let entry = this.#slots[slot]
    while (entry !== undefined && !isAt(bytes, start, length, entry.value)) entry = entry.next
    if (entry === undefined && this.#entries.length < MAX_VALUES) {
      entry = this.#enter(copyBytes(bytes, start, start + length), slot)
    }
    this.#last = entry
    if (entry === undefined) this.#leftOut = true
    else entry.count++
    return entry !== undefined
  }

  top(): TopValues {
    const few = this.#entries.length <= TOP
    const values = few ? this.#entries : this.#entries.toSorted((a, b) => b.count - a.count).slice(0, TOP)
    return { values, complete: few && !this.#leftOut }
  }

  clear(): void {
    if (this.#entries.length === 0) return
    this.#slots.fill(undefined)
    this.#entries = []
    this.#last = undefined
    this.#leftOut = false
  }

  #enter(value: Uint8Array, slot: number): Entry {
    const entry: Entry = { value, count: 0, next: this.#slots[slot] }
    this.#slots[slot] = entry
    this.#entries.push(entry)
    return entry
  }
}

function isAt(bytes: Uint8Array, start: number, length: number, value: Uint8Array): boolean {
  if (length !== value.length) return false
  for (let at = 0; at < length; at++) if (bytes[start + at] !== value[at]) return false
  return true
}

// Hashes only the end of a value: the values of one chunk differ mostly there.
function hash(bytes: Uint8Array, start: number, length: number): number {
  let mixed = length
  for (let at = Math.max(start, start + length - 12); at < start + length; at++) {
    mixed = Math.imul(mixed, 31) + bytes[at]
  }
  return (mixed ^ (mixed >>> 8) ^ (mixed >>> 16)) & (SLOTS - 1)
}
