import { type TextFilter, type TextOp, text } from '../ast.js'
import { FilterLimits } from '../limits.js'
import { compileText, type TextTest } from '../text-test.js'

/**
 * Patterns of LIKE (CESQL 1.0 §3.4.3): `%` matches any text, even none, and `_` matches one character. `\%`,
 * `\_` and `\\` match these characters, and any other backslash matches itself.
 */

/**
 * Translates a pattern to a glob: `%` becomes `*`, `_` becomes `?`, and characters that are special in globs
 * become classes.
 */
function toGlob(pattern: string): string {
  return pattern.replace(/\\[%_\\]|[%_*?[]/g, (part) => {
    if (part === '%') return '*'
    if (part === '_') return '?'
    return part.length === 2 ? part[1] : `[${part}]`
  })
}

/**
 * The comparison that the pattern stands for: exact, prefix, suffix or substring if possible, otherwise a
 * glob.
 */
export function likeTerm(pattern: string): { readonly op: TextOp | 'exact'; readonly text: string } {
  // On a field that may not be text, a comparison with the empty text is kept.
  const filter = text('glob', 'data', toGlob(pattern)) as TextFilter | { op: 'exact'; value: string }
  return { op: filter.op, text: filter.op === 'exact' ? filter.value : filter.text }
}

export function isGeneralPattern(pattern: string): boolean {
  return likeTerm(pattern).op === 'glob'
}

export interface LikeTest {
  readonly test: TextTest
  /** Longest text that is compared, in UTF-8 bytes. A longer one is a fault. */
  readonly longest: number
}

export function compileLike(pattern: string): LikeTest {
  const term = likeTerm(pattern)
  const longest = term.op === 'glob' ? FilterLimits.patternedBytes : FilterLimits.searchedBytes
  return { test: compileText(term.op, term.text), longest }
}
