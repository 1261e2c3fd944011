import { EMPTY_HASH, finished, foldedAt, foldedBytes, isOfWord, mixed, tokenOf } from './token-hash.js'

/** Takes a token, and the number of bytes that it stands for. */
export type TakeToken = (token: number, bytes: number) => void

/** Ends at which more text may follow, so that the first or last word may be part of a longer one. */
export interface OpenEnds {
  readonly left: boolean
  readonly right: boolean
}

export const CLOSED: OpenEnds = { left: false, right: false }

/** A longer text has no token of its own. */
const LONGEST_VALUE = 64
/** Words joined by `.`, `:` or `-` that have a token together, such as those of an address, and the longest of such words. */
const GROUP = 4
const LONGEST_IN_GROUP = 4
const ZERO = 0x30
const NINE = 0x39

/**
 * Passes on the tokens of the whole words in a text. Letters of either case have the same, and so have numbers with
 * and without zeros in front. Returns the number of words.
 */
export function wordsOf(
  bytes: Uint8Array,
  start: number,
  end: number,
  take: TakeToken,
  open: OpenEnds = CLOSED,
): number {
  let count = 0
  group.begin()
  for (let at = start; at < end; ) {
    if (!isOfWord(bytes[at])) {
      at++
      continue
    }
    const from = at
    at = word.read(bytes, at, end)
    const isPart = (open.left && from === start) || (open.right && at === end)
    group.add(bytes, from, at, isPart ? LONGEST_IN_GROUP + 1 : word.length, take)
    count++
    if (!isPart) take(word.isNumber ? numberToken(bytes, from, at) : finished(word.hash), at - from)
  }
  return count
}

/** Passes on the tokens of a text that is a value of its own: those of its words, and one of the whole. */
export function valueTokens(
  bytes: Uint8Array,
  start: number,
  end: number,
  take: TakeToken,
  open: OpenEnds = CLOSED,
): void {
  const words = wordsOf(bytes, start, end, take, open)
  if (words < 2 || open.left || open.right || end - start > LONGEST_VALUE) return
  take(tokenOf(bytes, start, end), end - start)
}

const SLASH = 0x2f

/** Passes on the tokens of a tag, of which each segment is a value. */
export function tagTokens(
  bytes: Uint8Array,
  start: number,
  end: number,
  take: TakeToken,
  open: OpenEnds = CLOSED,
): void {
  for (let from = start; from <= end; ) {
    let to = from
    while (to < end && bytes[to] !== SLASH) to++
    valueTokens(bytes, from, to, take, {
      left: open.left && from === start,
      right: open.right && to === end,
    })
    from = to + 1
  }
}

/** The word that was read last. One is enough, since nothing is read meanwhile. */
class Word {
  hash = 0
  /** Characters. */
  length = 0
  isNumber = false

  /** Returns the end of the word. */
  read(bytes: Uint8Array, start: number, end: number): number {
    let [at, hash, length, highest] = [start, EMPTY_HASH, 0, 0]
    while (at < end && isOfWord(bytes[at])) {
      const size = bytes[at] < 0x80 ? 1 : foldedBytes(bytes, at, end)
      const folded = foldedAt(bytes, at, size)
      // Digits have the lowest codes among the characters of words.
      if (folded > highest) highest = folded
      hash = mixed(hash, folded)
      length++
      at += size
    }
    this.hash = hash
    this.length = length
    this.isNumber = highest <= NINE
    return at
  }
}

const word = new Word()

/** Finds short words that are joined by the same character: addresses, versions, parts of hexadecimal numbers. */
class WordGroup {
  /** Where the last three words begin, the oldest first. */
  #first = 0
  #second = 0
  #third = 0
  #end = -1
  #joint = 0
  /** Short words that are joined, up to the last one. */
  #count = 0

  begin(): void {
    this.#count = 0
  }

  add(bytes: Uint8Array, start: number, end: number, length: number, take: TakeToken): void {
    const joint = bytes[start - 1]
    if (length > LONGEST_IN_GROUP) this.#count = 0
    else if (this.#count === 0 || this.#end !== start - 1 || !isJoint(joint)) this.#count = 1
    else {
      this.#count = this.#count > 1 && joint !== this.#joint ? 2 : this.#count + 1
      this.#joint = joint
    }
    this.#end = end
    if (this.#count >= GROUP) take(tokenOf(bytes, this.#first, end), end - this.#first)
    this.#first = this.#second
    this.#second = this.#third
    this.#third = start
  }
}

const group = new WordGroup()

function isJoint(byte: number): boolean {
  return byte === 0x2e || byte === 0x3a || byte === 0x2d
}

function numberToken(bytes: Uint8Array, start: number, end: number): number {
  let from = start
  while (from < end - 1 && bytes[from] === ZERO) from++
  return tokenOf(bytes, from, end)
}
