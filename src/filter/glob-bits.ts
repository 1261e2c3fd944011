import { type CharacterSet, codePointAt, type GlobToken, inSet, nextCharacter, parseGlob } from './fnmatch.js'

/** Tests the text in this range of UTF-8 bytes. */
type GlobTest = (bytes: Uint8Array, start: number, end: number) => boolean

/**
 * A glob as a bit-parallel automaton (Shift-And): bit i of the state tells whether the first i characters of
 * the pattern match the text so far. Each character of the text costs a few operations for every 32
 * characters of the pattern, whatever both are.
 */
export function compileGlobBits(pattern: string): GlobTest {
  const { characters, stars } = layout(parseGlob(pattern))
  const words = (characters.length >> 5) + 1
  const alphabet = new Alphabet(characters)
  const steps = alphabet.masks(characters, words)
  const stay = new Int32Array(words)
  for (const at of stars) stay[at >> 5] |= 1 << at
  const state = new Int32Array(words)
  return (bytes, start, end) => {
    state.fill(0)
    state[0] = 1
    for (let at = start; at < end; at = nextCharacter(bytes, at, end)) {
      const mask = alphabet.classOf(codePointAt(bytes, at, end)) * words
      let carry = 0
      let alive = 0
      for (let i = 0; i < words; i++) {
        const before = state[i]
        const next = (((before << 1) | carry) & steps[mask + i]) | (before & stay[i])
        carry = before >>> 31
        state[i] = next
        alive |= next
      }
      if (alive === 0) return false
    }
    return (state[characters.length >> 5] & (1 << characters.length)) !== 0
  }
}

type Character = Exclude<GlobToken, { is: 'star' }>

/** The tokens without stars, and for each star the number of characters before it. */
function layout(tokens: readonly GlobToken[]): { characters: Character[]; stars: number[] } {
  const characters: Character[] = []
  const stars: number[] = []
  for (const token of tokens) {
    if (token.is === 'star') stars.push(characters.length)
    else characters.push(token)
  }
  return { characters, stars }
}

/** The classes of code points that a pattern tells apart; each is a range. */
class Alphabet {
  /** First code points of the classes, rising. */
  readonly #starts: number[]
  readonly #ascii = new Uint16Array(128)

  constructor(characters: readonly Character[]) {
    const bounds = characters.flatMap(rangesOf).flatMap((point, i) => (i % 2 === 0 ? point : point + 1))
    this.#starts = [...new Set([0, ...bounds])].sort((a, b) => a - b)
    for (let point = 0; point < 128; point++) this.#ascii[point] = this.#search(point)
  }

  classOf(point: number): number {
    return point < 128 ? this.#ascii[point] : this.#search(point)
  }

  /** For each class the bits, one after the character that matches it, in rows of `words`. */
  masks(characters: readonly Character[], words: number): Int32Array {
    const masks = new Int32Array(this.#starts.length * words)
    this.#starts.forEach((point, row) => {
      characters.forEach((character, i) => {
        if (takes(character, point)) masks[row * words + ((i + 1) >> 5)] |= 1 << (i + 1)
      })
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

function rangesOf(character: Character): readonly number[] {
  if (character.is === 'class') return character.set.ranges
  if (character.is === 'one') return []
  const point = character.character.codePointAt(0)!
  return [point, point]
}

function takes(character: Character, point: number): boolean {
  if (character.is === 'one') return true
  const set: CharacterSet =
    character.is === 'class' ? character.set : { negated: false, ranges: rangesOf(character) }
  return inSet(set, point)
}
