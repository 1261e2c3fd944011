import { RE2JS, RE2JSSyntaxException } from 're2js'
import { messageOf } from '../errors/thrown.js'
import { filterError, quote } from './errors.js'
import { regexSize } from './regex-size.js'

/**
 * A regular expression in RE2 syntax. It matches anywhere in the text unless it is anchored with `^` and `$`.
 * Its time is linear in the length of the text. Features that RE2 does not support (look-around, back
 * references, atomic groups, possessive repeats) and patterns beyond the limits throw TCN_FILTER_REGEX with
 * position and reason; `where` names the pattern in the message.
 */
export function compileRegex(pattern: string, where: string): RE2JS {
  regexSize(pattern, where)
  try {
    return boundMemory(RE2JS.compile(pattern))
  } catch (thrown) {
    throw refusal(pattern, where, thrown)
  }
}

/** Memory for cached states, which make matching faster. Beyond it, matching continues more slowly. */
const STATE_BYTES = 1024 * 1024

/** By default re2js caches up to 8 MiB of states for each expression, and has no option to lower it. */
function boundMemory(regex: RE2JS): RE2JS {
  const { dfa } = regex.re2()
  dfa.maxMem = STATE_BYTES
  dfa.stateBudget = STATE_BYTES
  dfa.memBudget = STATE_BYTES
  return regex
}

function refusal(pattern: string, where: string, thrown: unknown): Error {
  if (!(thrown instanceof RE2JSSyntaxException)) {
    return filterError('TCN_FILTER_REGEX', where, messageOf(thrown))
  }
  const part = thrown.getPattern() ?? ''
  const position = part === '' ? pattern.length : positionOf(part, pattern)
  const reason = foreignAt(pattern, position) ?? thrown.getDescription()
  return filterError('TCN_FILTER_REGEX', where, `${reason} at character ${position + 1}: ${quote(part)}`)
}

/**
 * re2js reports the faulty part but not its offset. If the part occurs several times, the first that is an
 * unsupported feature is the fault.
 */
function positionOf(part: string, pattern: string): number {
  const first = pattern.indexOf(part)
  for (let at = first; at >= 0; at = pattern.indexOf(part, at + 1)) {
    if (foreignAt(pattern, at) !== undefined) return at
  }
  return first
}

function foreignAt(pattern: string, at: number): string | undefined {
  return foreign.find(([form]) => form.test(pattern.slice(at)))?.[1]
}

/** Features of other engines that a linear one cannot support, by the text at which re2js stops. */
const foreign: [RegExp, string][] = [
  [/^\(\?[=!]/, 'look-ahead is not supported'],
  [/^\(\?<[=!]/, 'look-behind is not supported'],
  [/^\(\?>/, 'atomic groups are not supported'],
  [/^\\[1-9k]|^\(\?P=/, 'back references are not supported'],
]

/**
 * A text that every match begins with, if that is easy to see; otherwise the empty text. A repeat applies to
 * the last character even if empty parts such as `(?i)` come between.
 */
export function regexPrefix(pattern: string): string {
  if (!pattern.startsWith('^') || pattern.includes('|')) return ''
  const written = /^(?:[\w/:@ -]|\\[!-/:-@[-`{-~])*/.exec(pattern.slice(1))?.[0] ?? ''
  const literal = written.replace(/\\(.)/g, '$1')
  return /^(?:[*?+{(]|\\[QE])/.test(pattern.slice(1 + written.length)) ? literal.slice(0, -1) : literal
}

/** Texts that each match contains: this one, all or at least one of several. */
export type RequiredTexts =
  | string
  | { readonly all: readonly RequiredTexts[] }
  | { readonly any: readonly RequiredTexts[] }

/** Returns undefined if no text is certain, as where the case does not matter. */
export function requiredTexts(pattern: string): RequiredTexts | undefined {
  const { prefilter } = compileRegex(pattern, 'filter.regex').re2()
  return prefilter === null ? undefined : requiredBy(prefilter)
}

/** The texts that re2js looks for before it matches. */
interface Prefilter {
  readonly type: number
  readonly str: string
  readonly subs: readonly Prefilter[]
}

const [EXACT, ALL, ANY] = [1, 2, 3]

function requiredBy({ type, str, subs }: Prefilter): RequiredTexts | undefined {
  if (type === EXACT) return str
  const parts = subs.map(requiredBy)
  const known = parts.filter((part) => part !== undefined)
  if (type === ALL && known.length > 0) return { all: known }
  return type === ANY && known.length === parts.length ? { any: known } : undefined
}
