import { RE2JS } from 're2js'
import { bodyStart, frameBytes, tagLength, tagStart } from '../event/frame.js'
import { someText } from '../event/msgpack/texts.js'
import type { Filter, GrepFilter } from './ast.js'
import { type ByteSearch, byteSearch } from './byte-search.js'
import { FilterLimits } from './limits.js'
import type { RangeTest } from './matcher.js'
import { compileRegex } from './regex.js'
import type { TextTest } from './text-test.js'
import { boundaries, isOfWord, NONE, unitAt } from './words.js'

/** A search through the tag and all texts of the body. */
export interface FrameSearch {
  matches(bytes: Uint8Array, at: number): boolean
  mayMatch?: RangeTest
}

const { searchedBytes, patternSearchedBytes } = FilterLimits
const utf8 = new TextEncoder()

export function compileGrep(grep: GrepFilter): FrameSearch {
  if (grep.as === 'pattern' || grep.ignoreCase)
    return { matches: inTexts(regexTest(grep), patternSearchedBytes) }
  const wanted = utf8.encode(grep.text)
  const search = byteSearch(wanted)
  const test = inTexts(grep.as === 'words' ? wordsTest(wanted, search) : partTest(search), searchedBytes)
  return {
    // Most frames do not have the bytes anywhere.
    matches: (bytes, at) =>
      search(bytes, tagStart(bytes, at), at + frameBytes(bytes, at)) >= 0 && test(bytes, at),
    mayMatch: (bytes, start, end) => search(bytes, start, end) >= 0,
  }
}

/** Tests one text of a frame after another, up to a number of bytes. */
function inTexts(test: TextTest, most: number): FrameSearch['matches'] {
  return (bytes, at) => {
    let left = most
    let isFound = false
    const visit = (_: Uint8Array, start: number, end: number): boolean => {
      const last = Math.min(end, start + left)
      left -= last - start
      isFound = test(bytes, start, last)
      return isFound || left === 0
    }
    const start = tagStart(bytes, at)
    if (!visit(bytes, start, start + tagLength(bytes, at)))
      someText(bytes, bodyStart(bytes, at), at + frameBytes(bytes, at), visit)
    return isFound
  }
}

function partTest(search: ByteSearch): TextTest {
  return (bytes, start, end) => search(bytes, start, end) >= 0
}

function wordsTest(wanted: Uint8Array, search: ByteSearch): TextTest {
  const isBounded = boundaries(wanted[0], wanted[wanted.length - 1])
  return (bytes, start, end) => {
    for (let at = search(bytes, start, end); at >= 0; at = search(bytes, at + 1, end)) {
      const next = at + wanted.length
      if (isBounded(at > start ? bytes[at - 1] : NONE, next < end ? bytes[next] : NONE)) return true
    }
    return false
  }
}

const OF_WORD = '0-9A-Za-z_\\x{80}-\\x{10FFFF}'

function regexTest(grep: GrepFilter): TextTest {
  const regex = compileRegex(grep.as === 'words' ? withBoundaries(grep) : patternOf(grep), 'filter.grep')
  return (bytes, start, end) => regex.test(bytes.subarray(start, end))
}

function withBoundaries(grep: GrepFilter): string {
  const [first, last] = [grep.text.charCodeAt(0), grep.text.charCodeAt(grep.text.length - 1)]
  const before = isOfWord(first) ? `(?:^|[^${OF_WORD}])` : ''
  return before + patternOf(grep) + (isOfWord(last) ? `(?:$|[^${OF_WORD}])` : '')
}

function patternOf({ as, text, ignoreCase }: GrepFilter): string {
  return (ignoreCase ? '(?i)' : '') + (as === 'pattern' ? `(?:${text})` : RE2JS.quote(text))
}

/** Start and end of a match in a text. */
export type Match = readonly [start: number, end: number]

/** Returns a function that finds the matches of a search in a text that are not empty, in order. Other filters have none. */
export function grepSpans(filter: Filter): (text: string) => Match[] {
  if (filter.op !== 'grep') return () => []
  const grep = filter
  const regex = compileRegex(patternOf(grep), 'filter.grep')
  const { text } = grep
  const isBounded =
    grep.as === 'words' ? boundaries(text.charCodeAt(0), text.charCodeAt(text.length - 1)) : () => true
  return (within) => {
    const found: Match[] = []
    const matcher = regex.matcher(within)
    for (let from = 0; from <= within.length && matcher.find(from); ) {
      const [start, end] = [matcher.start(), matcher.end()]
      const isMatch = isBounded(unitAt(within, start - 1), unitAt(within, end))
      if (isMatch && end > start) found.push([start, end])
      from = isMatch ? Math.max(end, start + 1) : start + 1
    }
    return found
  }
}
