import { type CharacterSet, codePointAt, type GlobToken, nextCharacter, parseGlob } from './fnmatch.js'

/** Tests the text in this range of UTF-8 bytes. */
type GlobTest = (bytes: Uint8Array, start: number, end: number) => boolean

/**
 * A glob as bit-parallel automatons (Shift-And), one for each part between stars: bit i of the state tells whether the
 * part up to character i of the pattern ends here. What is before the first star and after the last one is compared
 * where it must be, and the other parts are searched one after the other, each in what is left of the text. So each
 * character of the text costs a few operations for every 32 characters of one part, whatever pattern and text are.
 */
export function compileGlobBits(pattern: string): GlobTest {
  const { characters, parts } = layout(parseGlob(pattern))
  const masks = new Masks(characters)
  const [head, tail] = [parts[0], parts[parts.length - 1]]
  const between = parts.slice(1, -1)
  return (bytes, start, end) => {
    let at = masks.fit(head, bytes, start, end)
    if (at < 0) return false
    if (parts.length === 1) return at === end
    const last = back(tail.to - tail.from, bytes, at, end)
    if (last < 0 || masks.fit(tail, bytes, last, end) < 0) return false
    for (let i = 0; i < between.length && at >= 0; i++) at = masks.search(between[i], bytes, at, last)
    return at >= 0
  }
}

/** Tests whole texts with a glob. */
export function globTest(pattern: string): (text: string) => boolean {
  const matches = compileGlobBits(pattern)
  return (text) => {
    const bytes = utf8.encode(text)
    return matches(bytes, 0, bytes.length)
  }
}

const utf8 = new TextEncoder()

type Character = Exclude<GlobToken, { is: 'star' }>

/** Characters of the pattern without a star between them: the first one, and the one after the last. */
interface Part {
  readonly from: number
  readonly to: number
}

/** Characters that are tested by the operations on one word. */
const WORD = 32

/**
 * The tokens without stars, and the parts between stars, of which the first and the last may be empty. A part that
 * fits into one word is not cut by the end of a word.
 */
function layout(tokens: readonly GlobToken[]): { characters: Character[]; parts: Part[] } {
  const characters: Character[] = []
  const parts = splitAtStars(tokens).map((part) => {
    const room = WORD - (characters.length % WORD)
    if (part.length > room && part.length <= WORD) for (let i = 0; i < room; i++) characters.push(noCharacter)
    const from = characters.length
    characters.push(...part)
    return { from, to: characters.length }
  })
  return { characters, parts }
}

/** Fills a word. */
const noCharacter: Character = { is: 'class', text: '', set: { negated: false, ranges: [] } }

function splitAtStars(tokens: readonly GlobToken[]): Character[][] {
  const parts: Character[][] = [[]]
  for (const token of tokens) {
    if (token.is === 'star') parts.push([])
    else parts[parts.length - 1].push(token)
  }
  return parts
}

/** Returns where the last `count` characters begin; -1 if there are fewer. */
function back(count: number, bytes: Uint8Array, start: number, end: number): number {
  let at = end
  for (let left = count; left > 0; left--) {
    if (at === start) return -1
    do at--
    while (at > start && (bytes[at] & 0xc0) === 0x80)
  }
  return at
}

/** Code points below it are bytes. */
const ASCII = 128

/** For each class of code points, which characters of the pattern take it: bit i stands for character i. */
class Masks {
  readonly #alphabet: Alphabet
  /** In rows of `#words`, one for each class. */
  readonly #bits: Int32Array
  readonly #words: number
  /** Where the row of each ASCII character begins. */
  readonly #rows = new Uint16Array(ASCII)
  /** The state of the part that is searched; the words of other parts are 0. */
  readonly #state: Int32Array

  constructor(characters: readonly Character[]) {
    this.#alphabet = new Alphabet(characters)
    this.#words = (characters.length >> 5) + 1
    this.#bits = this.#alphabet.masks(this.#words)
    for (let point = 0; point < ASCII; point++)
      this.#rows[point] = this.#alphabet.classOf(point) * this.#words
    this.#state = new Int32Array(this.#words)
  }

  /** Returns where the text after the part begins, if the text begins with the part, and -1 if it does not. */
  fit({ from, to }: Part, bytes: Uint8Array, start: number, end: number): number {
    let at = start
    for (let i = from; i < to; i++) {
      if (at >= end || !this.#takes(i, this.#row(bytes, at, end))) return -1
      at = nextCharacter(bytes, at, end)
    }
    return at
  }

  /** Returns where the text after the first occurrence of the part begins, or -1. */
  search({ from, to }: Part, bytes: Uint8Array, start: number, end: number): number {
    const [first, last] = [from >> 5, (to - 1) >> 5]
    const [begin, found] = [1 << (from & 31), 1 << ((to - 1) & 31)]
    return first === last
      ? this.#searchWord(first, begin, found, bytes, start, end)
      : this.#searchWords(first, last, begin, found, bytes, start, end)
  }

  #takes(character: number, row: number): boolean {
    return ((this.#bits[row + (character >> 5)] >>> (character & 31)) & 1) === 1
  }

  #searchWord(
    word: number,
    begin: number,
    found: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): number {
    const [bits, rows] = [this.#bits, this.#rows]
    let state = 0
    for (let at = start; at < end; ) {
      const row = bytes[at] < ASCII ? rows[bytes[at]] : this.#row(bytes, at, end)
      state = ((state << 1) | begin) & bits[row + word]
      at = nextCharacter(bytes, at, end)
      if ((state & found) !== 0) return at
    }
    return -1
  }

  #searchWords(
    first: number,
    last: number,
    begin: number,
    found: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): number {
    const [bits, rows, state] = [this.#bits, this.#rows, this.#state]
    state.fill(0)
    for (let at = start; at < end; ) {
      const row = bytes[at] < ASCII ? rows[bytes[at]] : this.#row(bytes, at, end)
      let carry = begin
      for (let i = first; i <= last; i++) {
        const before = state[i]
        state[i] = ((before << 1) | carry) & bits[row + i]
        carry = before >>> 31
      }
      at = nextCharacter(bytes, at, end)
      if ((state[last] & found) !== 0) return at
    }
    return -1
  }

  /** Returns where the row of the character at offset `at` begins. */
  #row(bytes: Uint8Array, at: number, end: number): number {
    return this.#alphabet.classOf(codePointAt(bytes, at, end)) * this.#words
  }
}

/** The classes of code points that a pattern tells apart; each is a range. */
class Alphabet {
  readonly #sets: readonly CharacterSet[]
  /** First code points of the classes, rising. */
  readonly #starts: number[]
  readonly #ascii = new Uint16Array(ASCII)

  constructor(characters: readonly Character[]) {
    this.#sets = characters.map(setOf)
    const bounds = this.#sets.flatMap(({ ranges }) => ranges.map((point, i) => point + (i % 2)))
    this.#starts = [...new Set([0, ...bounds])].sort((a, b) => a - b)
    for (let point = 0; point < ASCII; point++) this.#ascii[point] = this.#search(point)
  }

  classOf(point: number): number {
    return point < ASCII ? this.#ascii[point] : this.#search(point)
  }

  /** For each class the characters that take it, one bit each, in rows of `words`. */
  masks(words: number): Int32Array {
    const masks = new Int32Array(this.#starts.length * words)
    this.#sets.forEach(({ negated, ranges }, i) => {
      const [word, bit] = [i >> 5, 1 << (i & 31)]
      if (negated) for (let at = word; at < masks.length; at += words) masks[at] |= bit
      for (let range = 0; range < ranges.length; range += 2) {
        const last = this.classOf(ranges[range + 1]) * words + word
        for (let at = this.classOf(ranges[range]) * words + word; at <= last; at += words)
          masks[at] = negated ? masks[at] & ~bit : masks[at] | bit
      }
    })
    return masks
  }

  /** Index of the last start that is not above the point. */
  #search(point: number): number {
    let low = 0
    let high = this.#starts.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (this.#starts[middle] <= point) low = middle
      else high = middle
    }
    return low
  }
}

function setOf(character: Character): CharacterSet {
  if (character.is === 'class') return character.set
  if (character.is === 'one') return { negated: true, ranges: [] }
  const point = character.character.codePointAt(0) ?? 0
  return { negated: false, ranges: [point, point] }
}
