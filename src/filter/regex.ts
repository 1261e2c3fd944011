import { RE2JS } from 're2js'
import { filterError } from './errors.js'
import { FilterLimits } from './limits.js'

/**
 * A regular expression in RE2 syntax, searched for anywhere in the text: anchor it with `^` and `$`.
 * Its time grows linearly with the text; `where` goes into the message of TCN_FILTER_REGEX.
 */
export function compileRegex(pattern: string, where: string): RE2JS {
  checkRepeats(pattern, where)
  let regex: RE2JS
  try {
    regex = RE2JS.compile(pattern)
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown)
    throw filterError('TCN_FILTER_REGEX', where, reason)
  }
  if (regex.programSize() > FilterLimits.regexProgram) {
    throw filterError('TCN_FILTER_REGEX', where, 'too large when its repeats are written out')
  }
  return regex
}

function checkRepeats(pattern: string, where: string): void {
  for (const { 0: repeat, 1: low, 2: high, index } of pattern.matchAll(/\{(\d+)(?:,(\d*))?\}/g)) {
    if (Number(low) > FilterLimits.regexRepeat || Number(high ?? 0) > FilterLimits.regexRepeat) {
      throw filterError(
        'TCN_FILTER_REGEX',
        where,
        `${repeat} at ${index} repeats more than ${FilterLimits.regexRepeat} times`,
      )
    }
  }
}

/** Text that every match begins with, as far as it is plain to see; '' where it is not. */
export function regexPrefix(pattern: string): string {
  if (!pattern.startsWith('^') || pattern.includes('|')) return ''
  const literal = /^[\w/:@ -]*/.exec(pattern.slice(1))![0]
  const next = pattern[literal.length + 1]
  return next !== undefined && '*?+{'.includes(next) ? literal.slice(0, -1) : literal
}
