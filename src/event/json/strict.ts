import { messageOf } from '../../errors/thrown.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import { MAX_BODY_DEPTH } from '../frame.js'
import { endOfText, isSpace, parseJson, textOf } from './parse.js'

/** Leaves room for what surrounds a body: a list of events, and the event itself. */
export const MAX_JSON_DEPTH = MAX_BODY_DEPTH + 4

/**
 * Like JSON.parse, but refuses what that accepts silently: repeated keys, rounded integers, numbers that
 * overflow, halves of surrogate pairs, and unbounded nesting. Throws TCN_HTTP_JSON and TCN_BODY_DEPTH.
 */
export function parseStrictJson(text: string): unknown {
  const written = countMembers(text)
  let value: unknown
  try {
    value = parseJson(text)
  } catch (error) {
    throw new TocsinError('TCN_HTTP_JSON', messageOf(error), { cause: error })
  }
  if (members(value) !== written) {
    throw findRepeatedKey(text)
  }
  if (SURROGATE_ESCAPE.test(text)) checkTexts(value)
  return value
}

const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/
const HALF_OF_PAIR = /\p{Surrogate}/u

/** Refuses text that UTF-8 cannot express: replaced, two keys could become one. */
function checkTexts(value: unknown): void {
  if (typeof value === 'string') {
    if (HALF_OF_PAIR.test(value)) throw halfOfPair()
  } else if (Array.isArray(value)) {
    for (const item of value) checkTexts(item)
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      checkTexts(key)
      checkTexts(item)
    }
  }
}

/** The error for text with half of a surrogate pair. */
export function halfOfPair(): TocsinError {
  return new TocsinError('TCN_HTTP_JSON', 'a text has half of a surrogate pair, which is no character')
}

const QUOTE = 0x22
const COLON = 0x3a

/**
 * Counts the colons outside of text, which is the number of members. Throws if the text is nested too deeply.
 */
function countMembers(text: string): number {
  let count = 0
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      at = endOfText(text, at)
    } else if (code === COLON) {
      count++
    } else if ((code | 0x20) === 0x7b) {
      if (++depth > MAX_JSON_DEPTH) throw tooDeep()
    } else if ((code | 0x20) === 0x7d) {
      depth--
    }
  }
  return count
}

/** Counts the members of all objects in the value. Throws if a number is too large. */
function members(value: unknown): number {
  if (typeof value !== 'object' || value === null) {
    if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY)
      throw new TocsinError('TCN_HTTP_JSON', 'a number is too large')
    return 0
  }
  let count = 0
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) count += members(value[index])
    return count
  }
  for (const key in value) count += 1 + members((value as Record<string, unknown>)[key])
  return count
}

/** The error for an object that has this key twice. */
export function repeatedKey(key: string): TocsinError {
  return new TocsinError(
    'TCN_HTTP_JSON',
    `the key ${JSON.stringify(key.slice(0, 80))} occurs twice in one object`,
  )
}

/** Finds a repeated key. This is slow and only done if there is one. */
function findRepeatedKey(text: string): TocsinError {
  /** The keys of each open container; undefined as long as it has none. */
  const open: (Set<string> | undefined)[] = []
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if ((code | 0x20) === 0x7b) open.push(undefined)
    else if ((code | 0x20) === 0x7d) open.pop()
    if (code !== QUOTE) continue
    const start = at
    at = endOfText(text, at)
    if (!isKey(text, at)) continue
    const key = textOf(text.slice(start, at + 1))
    const seen = open.pop() ?? new Set()
    open.push(seen)
    if (seen.has(key)) return repeatedKey(key)
    seen.add(key)
  }
  return new TocsinError('TCN_HTTP_JSON', 'a key occurs twice in one object')
}

/** Returns whether a colon follows the text that ends at `end`. */
function isKey(text: string, end: number): boolean {
  let at = end + 1
  while (isSpace(text.charCodeAt(at))) at++
  return text.charCodeAt(at) === COLON
}

function tooDeep(): TocsinError {
  return new TocsinError('TCN_BODY_DEPTH', `the JSON is nested deeper than ${MAX_JSON_DEPTH} levels`)
}
