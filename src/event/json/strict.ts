import { TocsinError } from '../../errors/tocsin-error.js'
import { MAX_BODY_DEPTH } from '../frame.js'
import { endOfText, parseJson } from './parse.js'

/** Leaves room for what surrounds a body: a list of events, and the event itself. */
export const MAX_JSON_DEPTH = MAX_BODY_DEPTH + 4

/**
 * Like JSON.parse, but refuses what that accepts silently: repeated keys, rounded integers, numbers that
 * overflow, and unbounded nesting. Throws TCN_HTTP_JSON and TCN_BODY_DEPTH.
 */
export function parseStrictJson(text: string): unknown {
  const written = countMembers(text)
  let value: unknown
  try {
    value = parseJson(text)
  } catch (error) {
    throw new TocsinError('TCN_HTTP_JSON', (error as Error).message, { cause: error })
  }
  if (members(value) !== written) {
    throw new TocsinError('TCN_HTTP_JSON', `the key ${repeatedKey(text)} occurs twice in one object`)
  }
  return value
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
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new TocsinError('TCN_HTTP_JSON', 'a number is too large')
  }
  if (typeof value !== 'object' || value === null) return 0
  let count = 0
  if (Array.isArray(value)) {
    for (const item of value) count += members(item)
    return count
  }
  for (const key in value) count += 1 + members((value as Record<string, unknown>)[key])
  return count
}

/** Finds a repeated key. This is slow and only done if there is one. */
function repeatedKey(text: string): string {
  const open: Set<string>[] = []
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '{' || character === '[') open.push(new Set())
    else if (character === '}' || character === ']') open.pop()
    if (character !== '"') continue
    const end = endOfText(text, at)
    const key = JSON.parse(text.slice(at, end + 1)) as string
    at = end
    if (!/^\s*:/.test(text.slice(end + 1, end + 64))) continue
    const seen = open[open.length - 1]
    if (seen?.has(key)) return JSON.stringify(key.slice(0, 80))
    seen?.add(key)
  }
  return 'of an object'
}

function tooDeep(): TocsinError {
  return new TocsinError('TCN_BODY_DEPTH', `the JSON is nested deeper than ${MAX_JSON_DEPTH} levels`)
}
