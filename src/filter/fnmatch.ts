/**
 * Globs with the rules of Python's `fnmatch.fnmatchcase`, on UTF-8 bytes:
 *
 *   *        any text, even none, and across `/`
 *   ?        one character
 *   [seq]    one character of seq; `a-z` is a range by code point; `]` at the start of seq is literal
 *   [!seq]   one character not in seq
 *
 * Everything else is literal, including braces, backslashes and a `[` without its `]`.
 */
export type GlobToken =
  | { readonly is: 'literal'; readonly text: string; readonly character: string }
  | { readonly is: 'one'; readonly text: '?' }
  | { readonly is: 'star'; readonly text: '*' }
  | { readonly is: 'class'; readonly text: string; readonly set: CharacterSet }

export interface CharacterSet {
  readonly negated: boolean
  /** Pairs of the first and last code point of a range. */
  readonly ranges: readonly number[]
}

export function parseGlob(pattern: string): GlobToken[] {
  const characters = [...pattern]
  const tokens: GlobToken[] = []
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at]
    if (character === '*') {
      if (tokens.at(-1)?.is !== 'star') tokens.push(star)
    } else if (character === '?') tokens.push(one)
    else {
      const close = character === '[' ? classEnd(characters, at) : -1
      if (close < 0) tokens.push({ is: 'literal', text: character, character })
      else {
        tokens.push(classToken(characters.slice(at + 1, close)))
        at = close
      }
    }
  }
  return tokens
}

const star: GlobToken = { is: 'star', text: '*' }
const one: GlobToken = { is: 'one', text: '?' }

export function isGlob(pattern: string): boolean {
  return /[*?[]/.test(pattern)
}

/** Index of the `]` that closes the class opened at `open`, -1 if there is none. */
function classEnd(characters: readonly string[], open: number): number {
  let at = open + 1
  if (characters[at] === '!') at++
  if (characters[at] === ']') at++
  return characters.indexOf(']', at)
}

function classToken(inner: readonly string[]): GlobToken {
  const set = parseClass(inner)
  const text = `[${inner.join('')}]`
  const [first, last] = set.ranges
  if (!set.negated && set.ranges.length === 2 && first === last) {
    return { is: 'literal', text, character: String.fromCodePoint(first) }
  }
  return { is: 'class', text, set }
}

/** Stands for a hyphen that forms a range; a literal hyphen is an ordinary code point. */
const TO = -1

/**
 * Like Python, splits the class at its hyphens and removes empty ranges before looking for the `!`, so that
 * `[b-a!x]` is the same as `[!x]`.
 */
function parseClass(inner: readonly string[]): CharacterSet {
  const items = joinChunks(cutAtHyphens(inner))
  const negated = items[0] === EXCLAMATION
  if (negated) items.shift()
  const ranges: number[] = []
  for (let at = 0; at < items.length; at++) {
    if (items[at + 1] === TO && at + 2 < items.length) {
      ranges.push(items[at], items[at + 2])
      at += 2
    } else {
      const point = items[at] === TO ? HYPHEN : items[at]
      ranges.push(point, point)
    }
  }
  return { negated, ranges }
}

const EXCLAMATION = 0x21
const HYPHEN = 0x2d

function cutAtHyphens(inner: readonly string[]): number[][] {
  const points = inner.map((character) => character.codePointAt(0) ?? 0)
  const chunks: number[][] = []
  let start = 0
  let search = points[0] === EXCLAMATION ? 2 : 1
  for (;;) {
    const hyphen = points.indexOf(HYPHEN, search)
    if (hyphen < 0) break
    chunks.push(points.slice(start, hyphen))
    start = hyphen + 1
    search = hyphen + 3
  }
  if (start < points.length || chunks.length === 0) chunks.push(points.slice(start))
  else chunks[chunks.length - 1].push(HYPHEN)
  return chunks
}

function joinChunks(chunks: number[][]): number[] {
  for (let at = chunks.length - 1; at > 0; at--) {
    const before = chunks[at - 1]
    if (before[before.length - 1] <= chunks[at][0]) continue
    chunks[at - 1] = [...before.slice(0, -1), ...chunks[at].slice(1)]
    chunks.splice(at, 1)
  }
  return chunks.flatMap((chunk, index) => (index === 0 ? chunk : [TO, ...chunk]))
}

/** Returns how many characters the longest part between two stars has. */
export function longestBetweenStars(pattern: string): number {
  // Brackets apart, all characters but stars count as they are written.
  if (!pattern.includes('[')) return longestOf(pattern.split('*').slice(1, -1))
  let longest = 0
  let count = Number.NEGATIVE_INFINITY
  for (const { is } of parseGlob(pattern)) {
    if (is !== 'star') count++
    else {
      longest = Math.max(longest, count)
      count = 0
    }
  }
  return longest
}

function longestOf(parts: readonly string[]): number {
  return parts.reduce((longest, part) => Math.max(longest, [...part].length), 0)
}

/** A compiled glob. Literals are bytes; everything else is one of the negative codes below. */
export interface GlobProgram {
  readonly code: Int16Array
  readonly sets: readonly CharacterSet[]
}

const ONE = -1
export const STAR = -2
/** Codes from here down stand for the class `sets[CLASS - code]`. */
const CLASS = -3

export function compileGlob(pattern: string): GlobProgram {
  const code: number[] = []
  const sets: CharacterSet[] = []
  for (const token of parseGlob(pattern)) {
    if (token.is === 'literal') pushLiteral(code, token.character)
    else if (token.is === 'star') code.push(STAR)
    else if (token.is === 'one') code.push(ONE)
    else code.push(CLASS - (sets.push(token.set) - 1))
  }
  return { code: Int16Array.from(code), sets }
}

function pushLiteral(code: number[], character: string): void {
  const point = character.codePointAt(0) ?? 0
  if (point < 0x80) code.push(point)
  else code.push(...utf8.encode(character))
}

const utf8 = new TextEncoder()

export function matchGlob(program: GlobProgram, bytes: Uint8Array, start: number, end: number): boolean {
  return globSteps(program, bytes, start, end) > 0
}

/**
 * The number of steps of the comparison, negative if the text does not match. Only the last star is retried,
 * so the number stays below (bytes of text + 1) × (length of program + 2) for every pattern and text.
 */
export function globSteps(program: GlobProgram, bytes: Uint8Array, start: number, end: number): number {
  const { code, sets } = program
  let at = start
  let next = 0
  let afterStar = -1
  let starAt = 0
  let steps = 1
  for (;;) {
    steps++
    const op = next < code.length ? code[next] : END
    if (op === STAR) {
      afterStar = ++next
      starAt = at
      if (next === code.length) return steps
    } else if (at < end && op !== END && fits(op, sets, bytes, at, end)) {
      at = op >= 0 ? at + 1 : nextCharacter(bytes, at, end)
      next++
      continue
    } else if (at === end) return op === END ? steps : -steps
    else if (afterStar < 0) return -steps
    else starAt = nextCharacter(bytes, starAt, end)
    // The part after the star can only begin at its first byte.
    const first = code[afterStar]
    if (first >= 0) {
      for (; starAt < end && bytes[starAt] !== first; starAt++) steps++
      if (starAt === end) return -steps
    }
    at = starAt
    next = afterStar
  }
}

const END = -32768

function fits(
  op: number,
  sets: readonly CharacterSet[],
  bytes: Uint8Array,
  at: number,
  end: number,
): boolean {
  if (op >= 0) return bytes[at] === op
  return op === ONE || inSet(sets[CLASS - op], codePointAt(bytes, at, end))
}

export function nextCharacter(bytes: Uint8Array, at: number, end: number): number {
  at++
  while (at < end && (bytes[at] & 0xc0) === 0x80) at++
  return at
}

/** Reads valid UTF-8. Other bytes give some number, but reading never leaves the range. */
export function codePointAt(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at]
  if (lead < 0x80) return lead
  let point = lead < 0xe0 ? lead & 0x1f : lead < 0xf0 ? lead & 0x0f : lead & 0x07
  for (let i = at + 1; i < end && (bytes[i] & 0xc0) === 0x80; i++) point = (point << 6) | (bytes[i] & 0x3f)
  return point
}

export function inSet(set: CharacterSet, point: number): boolean {
  const { ranges } = set
  for (let i = 0; i < ranges.length; i += 2) {
    if (point >= ranges[i] && point <= ranges[i + 1]) return !set.negated
  }
  return set.negated
}
