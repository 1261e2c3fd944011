import { RE2JS, RE2JSSyntaxException } from 're2js'
import { filterError, quote } from './errors.js'
import { regexSize } from './regex-size.js'

/**
 * A regular expression in RE2 syntax. It is searched for anywhere in the text: anchor it with `^` and `$`
 * where it shall begin or end there. Its time grows linearly with the text. What RE2 has not (look-around,
 * back references, atomic groups, possessive repeats) and what is over the limits throws TCN_FILTER_REGEX
 * with position and reason; `where` names it in the message.
 */
export function compileRegex(pattern: string, where: string): RE2JS {
  regexSize(pattern, where)
  try {
    return boundMemory(RE2JS.compile(pattern))
  } catch (thrown) {
    throw refusal(pattern, where, thrown)
  }
}

/** States that a regular expression keeps to be faster; without them it goes on slower. */
const STATE_BYTES = 1024 * 1024

/** re2js keeps up to 8 MiB of states for each expression, and has no option for less. */
function boundMemory(regex: RE2JS): RE2JS {
  const { dfa } = regex.re2()
  dfa.maxMem = STATE_BYTES
  dfa.stateBudget = STATE_BYTES
  dfa.memBudget = STATE_BYTES
  return regex
}

function refusal(pattern: string, where: string, thrown: unknown): Error {
  if (!(thrown instanceof RE2JSSyntaxException)) {
    return filterError('TCN_FILTER_REGEX', where, thrown instanceof Error ? thrown.message : String(thrown))
  }
  const part = thrown.getPattern() ?? ''
  const position = part === '' ? pattern.length : positionOf(part, pattern)
  const reason = foreignAt(pattern, position) ?? thrown.getDescription()
  return filterError('TCN_FILTER_REGEX', where, `${reason} at character ${position + 1}: ${quote(part)}`)
}

/** re2js names the part, not where it stands; a part that is foreign is the one that it stumbled over. */
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

/** What other engines know and a linear one cannot do, by what re2js stumbles over. */
const foreign: [RegExp, string][] = [
  [/^\(\?[=!]/, 'look-ahead is not supported'],
  [/^\(\?<[=!]/, 'look-behind is not supported'],
  [/^\(\?>/, 'atomic groups are not supported'],
  [/^\\[1-9k]|^\(\?P=/, 'back references are not supported'],
]

/**
 * Text that every match begins with, as far as it is plain to see; '' where it is not. A repeat applies to
 * the last character even with empty things such as `(?i)` between.
 */
export function regexPrefix(pattern: string): string {
  if (!pattern.startsWith('^') || pattern.includes('|')) return ''
  const written = /^(?:[\w/:@ -]|\\[!-/:-@[-`{-~])*/.exec(pattern.slice(1))![0]
  const literal = written.replace(/\\(.)/g, '$1')
  return /^(?:[*?+{(]|\\[QE])/.test(pattern.slice(1 + written.length)) ? literal.slice(0, -1) : literal
}
