import { readText } from './generated-code.js'

/**
 * Keeps texts that occur often (names of hosts, functions, users), so that they are not decoded again. A text
 * is kept when it occurs twice in a row in its slot, so that texts that are all different cost little.
 */
export class TextCache {
  readonly #texts: string[] = Array(SLOTS).fill('')
  /** The bytes of the text in each slot, in words of four; the last word holds the last four bytes. */
  readonly #words = new Int32Array(SLOTS * WORDS)
  readonly #lengths = new Uint8Array(SLOTS)
  /** The hash of the last text that was not the one in the slot. */
  readonly #candidates = new Int32Array(SLOTS)

  read(bytes: Uint8Array, view: DataView, start: number, length: number): string {
    const last = start + length - 4
    const hash = hashOf(view, start, length)
    const slot = hash >>> SHIFT
    if (this.#lengths[slot] === length && this.#holds(slot, view, start, last)) return this.#texts[slot]
    const text = readText(bytes, start, start + length)
    if (this.#candidates[slot] === hash) this.#keep(slot, text, view, start, length)
    else this.#candidates[slot] = hash
    return text
  }

  #holds(slot: number, view: DataView, start: number, last: number): boolean {
    const words = this.#words
    let index = slot * WORDS
    for (let at = start; at < last; at += 4) if (view.getInt32(at, true) !== words[index++]) return false
    return view.getInt32(last, true) === words[index]
  }

  #keep(slot: number, text: string, view: DataView, start: number, length: number): void {
    const last = start + length - 4
    let index = slot * WORDS
    for (let at = start; at < last; at += 4) this.#words[index++] = view.getInt32(at, true)
    this.#words[index] = view.getInt32(last, true)
    this.#lengths[slot] = length
    this.#texts[slot] = text
  }
}

export const MIN_CACHED_LENGTH = 9
export const MAX_CACHED_LENGTH = 64

const SLOTS = 1024
const SHIFT = 22
const WORDS = MAX_CACHED_LENGTH / 4

/** Covers all bytes of texts up to 20 bytes, and the ends and the middle of longer texts. */
function hashOf(view: DataView, start: number, length: number): number {
  const end = start + length
  const mixed =
    Math.imul(view.getInt32(start, true), 0x9e3779b1) ^
    Math.imul(view.getInt32(start + 4, true), 0x85ebca6b) ^
    Math.imul(view.getInt32(start + (length >> 1) - 2, true), 0xc2b2ae35) ^
    Math.imul(view.getInt32(end - 8, true), 0x27d4eb2f) ^
    Math.imul(view.getInt32(end - 4, true), 0x165667b1)
  return Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d)
}
