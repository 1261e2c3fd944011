import type { TextOp } from './ast.js'
import { byteSearch } from './byte-search.js'
import { compileGlob, matchGlob, STAR } from './fnmatch.js'
import { compileGlobBits } from './glob-bits.js'
import { FilterLimits } from './limits.js'
import { compileRegex } from './regex.js'

/** Tests the text in this range of UTF-8 bytes. */
export type TextTest = (bytes: Uint8Array, start: number, end: number) => boolean

/** @param longest Bytes of a text to which patterns are applied; a longer one never matches. */
export function compileText(
  op: TextOp | 'exact',
  text: string,
  longest: number = FilterLimits.patternedBytes,
): TextTest {
  switch (op) {
    case 'exact':
      return exactTest(utf8.encode(text))
    case 'prefix':
      return prefixTest(utf8.encode(text))
    case 'suffix':
      return suffixTest(utf8.encode(text))
    case 'contains':
      return containsTest(utf8.encode(text))
    case 'glob':
      return globTest(text, longest)
    case 'regex':
      return regexTest(text, longest)
  }
}

const utf8 = new TextEncoder()

function exactTest(wanted: Uint8Array): TextTest {
  return (bytes, start, end) => end - start === wanted.length && hasAt(bytes, start, wanted)
}

function prefixTest(wanted: Uint8Array): TextTest {
  return (bytes, start, end) => end - start >= wanted.length && hasAt(bytes, start, wanted)
}

function suffixTest(wanted: Uint8Array): TextTest {
  return (bytes, start, end) => end - start >= wanted.length && hasAt(bytes, end - wanted.length, wanted)
}

/** Looks at the last byte first. */
function endsWith(bytes: Uint8Array, end: number, wanted: Uint8Array): boolean {
  const start = end - wanted.length
  for (let i = wanted.length - 1; i >= 0; i--) if (bytes[start + i] !== wanted[i]) return false
  return true
}

function hasAt(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false
  return true
}

function containsTest(wanted: Uint8Array): TextTest {
  const search = byteSearch(wanted)
  return (bytes, start, end) => end - start <= FilterLimits.searchedBytes && search(bytes, start, end) >= 0
}

/** Up to this product of the lengths of text and pattern, comparing step by step is quick in the worst case too. */
const MAX_STEPS = 8 * 1024

/** Longer globs are prepared for long texts before they meet one. */
const PREPARED = 64

function globTest(pattern: string, longest: number): TextTest {
  const { code, sets } = compileGlob(pattern)
  // Most patterns begin with text, many end with some, and those that begin alike are told apart by their ends.
  const special = code.findIndex((op) => op < 0)
  const head = Uint8Array.from(special < 0 ? code : code.subarray(0, special))
  const rest = { code: code.subarray(head.length), sets }
  const tail = Uint8Array.from(special < 0 ? [] : code.subarray(code.findLastIndex((op) => op < 0) + 1))
  const least = head.length + tail.length
  const isAnyBetween = code.length === least + 1 && code[special] === STAR
  // Most patterns never meet a long text. Long ones are prepared now: one event may be tested with many of them.
  let forLongTexts = code.length > PREPARED ? compileGlobBits(pattern) : undefined
  return (bytes, start, end) => {
    const length = end - start
    if (length < least || !hasAt(bytes, start, head)) return false
    if (length * code.length <= MAX_STEPS)
      return endsWith(bytes, end, tail) && (isAnyBetween || matchGlob(rest, bytes, start + head.length, end))
    if (length > longest) return false
    forLongTexts ??= compileGlobBits(pattern)
    return forLongTexts(bytes, start, end)
  }
}

function regexTest(pattern: string, longest: number): TextTest {
  const regex = compileRegex(pattern, 'filter.regex')
  return (bytes, start, end) => end - start <= longest && regex.test(bytes.subarray(start, end))
}
