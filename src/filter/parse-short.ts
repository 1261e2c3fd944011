import { allOf, anyOf, type Filter, not, text } from './ast.js'
import { filterError, quote } from './errors.js'
import { isGlob } from './fnmatch.js'
import { FilterLimits } from './limits.js'
import { checkText } from './text-limits.js'

/**
 * The short spelling, for the command line and URLs. Each pattern looks at the tag:
 *
 *   salt/job/*      a glob, where there is `*`, `?` or `[`
 *   salt/auth       a prefix, where there is none
 *   !salt/job/*     takes away what matches the rest
 *   \!salt          a tag that begins with `!`
 *
 * Patterns without `!` are alternatives; where there are only such with `!`, all else is meant.
 */
export function parseShort(patterns: readonly string[]): Filter {
  if (patterns.length > FilterLimits.parts) {
    throw filterError('TCN_FILTER_TOO_COMPLEX', 'filter', `at most ${FilterLimits.parts} patterns`)
  }
  const wanted: Filter[] = []
  const unwanted: Filter[] = []
  for (const pattern of patterns) {
    if (pattern.startsWith('!')) unwanted.push(parsePattern(pattern.slice(1), pattern))
    else wanted.push(parsePattern(pattern.replace(/^\\!/, '!'), pattern))
  }
  const taken = not(anyOf(unwanted))
  return wanted.length === 0 ? taken : allOf([anyOf(wanted), taken])
}

function parsePattern(pattern: string, whole: string): Filter {
  if (pattern === '') {
    throw filterError(
      'TCN_FILTER_SYNTAX',
      quote(whole),
      'an empty pattern; everything is * or no pattern at all',
    )
  }
  checkText(pattern, FilterLimits.patternBytes, quote(whole))
  return text(isGlob(pattern) ? 'glob' : 'prefix', 'tag', pattern)
}
