import { type TextFilter, type TextOp, text } from '../ast.js'
import { FilterLimits } from '../limits.js'
import { compileText, type TextTest } from '../text-test.js'

/**
 * Patterns of LIKE (CESQL 1.0 §3.4.3): `%` is anything, also nothing, `_` one character; `\%`, `\_` and `\\`
 * are these characters, and any other backslash is itself.
 */

/** The same as a glob: `%` is `*`, `_` is `?`, and what globs mean specially is a class of its own. */
function toGlob(pattern: string): string {
  return pattern.replace(/\\[%_\\]|[%_*?[]/g, (part) => {
    if (part === '%') return '*'
    if (part === '_') return '?'
    return part.length === 2 ? part[1] : `[${part}]`
  })
}

/** What the pattern asks of a text: the whole, a prefix, suffix or part of it where it says no more. */
export function likeTerm(pattern: string): { readonly op: TextOp | 'exact'; readonly text: string } {
  // A field that is not always text keeps what an empty text says.
  const filter = text('glob', 'data', toGlob(pattern)) as TextFilter | { op: 'exact'; value: string }
  return { op: filter.op, text: filter.op === 'exact' ? filter.value : filter.text }
}

export function isGeneralPattern(pattern: string): boolean {
  return likeTerm(pattern).op === 'glob'
}

export interface LikeTest {
  readonly test: TextTest
  /** UTF-8 bytes of the longest text that is compared; a longer one is an error. */
  readonly longest: number
}

export function compileLike(pattern: string): LikeTest {
  const term = likeTerm(pattern)
  const longest = term.op === 'glob' ? FilterLimits.patternedBytes : FilterLimits.searchedBytes
  return { test: compileText(term.op, term.text), longest }
}
