import type { ExactFilter, Filter, GrepFilter, TextFilter } from '../ast.js'
import { parseField } from '../field.js'
import { tokenOfNumber } from './frame-tokens.js'
import { allNeeded, anyNeeded, type NeededTokens, neededBy } from './needed.js'
import { neededByCondition } from './needed-by-condition.js'
import { neededByEqualText, neededByPattern, neededByRegex, PART } from './needed-by-field.js'
import { CLOSED, wordsOf } from './text-tokens.js'

/**
 * Returns the tokens without which no event can match; undefined if nothing is known. An event that has them need not
 * match.
 */
export function neededTokens(filter: Filter): NeededTokens | undefined {
  switch (filter.op) {
    case 'all':
      return allNeeded(filter.of.map(neededTokens))
    case 'any':
      return anyNeeded(filter.of.map(neededTokens))
    case 'nothing':
      return { any: [] }
    case 'sql':
      return neededByCondition(filter.expression)
    case 'grep':
      return neededByGrep(filter)
    case 'exact':
      return neededByExact(filter)
    case 'everything':
    case 'not':
    case 'kind':
      return undefined
    default:
      return neededByText(filter)
  }
}

function neededByExact({ field: name, value }: ExactFilter): NeededTokens | undefined {
  const field = parseField(name)
  if (typeof value === 'string') return neededByEqualText(field, value, field.in === 'attribute')
  const token = field.in === 'data' ? tokenOfNumber(value) : undefined
  return token === undefined ? undefined : { token }
}

function neededByText({ op, field: name, text }: TextFilter): NeededTokens | undefined {
  const field = parseField(name)
  return neededByPattern(op, field, text, field.in === 'attribute')
}

function neededByGrep({ as, text, ignoreCase }: GrepFilter): NeededTokens | undefined {
  if (as === 'pattern') return ignoreCase ? undefined : neededByRegex(text, wordsOf, () => true)
  return neededBy(ignoreCase ? withoutForeign(text) : text, wordsOf, as === 'words' ? CLOSED : PART)
}

/** A word with a letter beyond ASCII, apart from the two that count as ASCII letters without regard to case. */
const FOREIGN_WORD = /[\w\u017f\u212a]*[^\0-\x7f\u017f\u212a][\w\u0080-\u{10ffff}]*/gu

/** Words with letters beyond ASCII have other tokens in the other case. */
function withoutForeign(text: string): string {
  // Without anything in its place, its neighbours would become one word.
  return text.replace(FOREIGN_WORD, '\0')
}
