import type { Filter, GrepFilter, TextFilter, TextOp } from './ast.js'
import { type Expression, isComparison, operandsOf } from './cesql/ast.js'
import { likeTerm } from './cesql/like.js'
import { filterError } from './errors.js'
import { parseField } from './field.js'
import { longestBetweenStars } from './fnmatch.js'
import { FilterLimits } from './limits.js'
import { regexSize } from './regex-size.js'

/** Estimates how long a filter takes for one event, in comparisons of a short tag prefix. */
export function cost(filter: Filter): number {
  switch (filter.op) {
    case 'everything':
    case 'nothing':
      return 0
    case 'kind':
      return 1
    case 'all':
    case 'any':
      return filter.of.reduce((sum, part) => sum + cost(part), 0)
    case 'sql':
      return Math.ceil(costOfExpression(filter.expression))
    case 'grep':
      return isRegex(filter) ? 60 + 2 * sizeOf(filter) : 2 * SEARCH
    case 'not':
      return cost(filter.of)
    case 'exact':
      return 1 + fieldCost[parseField(filter.field).in]
    default:
      return textCost[filter.op](filter) + fieldCost[parseField(filter.field).in]
  }
}

/** A search in a text of 64 KB takes up to 0.4 ms. */
const SEARCH = 40
const fieldCost = { tag: 0, source: 0, kind: 0, attribute: 2, data: 6, type: 6 }
/** The worst case that a crafted text can cause, not the usual one. */
const textCost: Record<TextOp, (filter: TextFilter) => number> = {
  prefix: () => 1,
  suffix: () => 1,
  contains: ({ field }) => (parseField(field).in === 'data' ? SEARCH : 3),
  glob: ({ text }) => globCost(text),
  regex: ({ text }) => 20 + 2 * regexSize(text, 'regex'),
}

function isRegex({ as, ignoreCase }: GrepFilter): boolean {
  return as === 'pattern' || ignoreCase
}

function sizeOf({ as, text }: GrepFilter): number {
  return as === 'pattern' ? regexSize(text, 'grep') : text.length
}

/** Characters between two stars that are compared at once; see glob-bits.ts. */
const AT_ONCE = 32

function globCost(pattern: string): number {
  const searched = longestBetweenStars(pattern)
  return 1 + Math.ceil(pattern.length / 8) + (searched > AT_ONCE ? Math.ceil(searched / 4) : 0)
}

export function checkCost(filter: Filter): Filter {
  const total = cost(filter)
  if (total <= FilterLimits.cost) return filter
  const message = `it would take too long for each event: it costs ${total}, and ${FilterLimits.cost} is the limit`
  throw filterError('TCN_FILTER_TOO_COMPLEX', 'filter', message)
}

export function cheapestFirst(filters: readonly Filter[]): Filter[] {
  return filters
    .map((filter) => ({ filter, cost: cost(filter) }))
    .sort((a, b) => a.cost - b.cost)
    .map(({ filter }) => filter)
}

function costOfExpression(expression: Expression): number {
  const operands = operandsOf(expression)
  const own = ownCost(expression) + (isQuick(expression) ? 0 : DECODED * operands.filter(isData).length)
  return operands.reduce((sum, operand) => sum + costOfExpression(operand), own)
}

/** To decode a long text of the body. */
const DECODED = 18

/** Returns whether the condition compares the bytes of a field without decoding them; see cesql/compile.ts. */
function isQuick(expression: Expression): boolean {
  switch (expression.is) {
    case 'like':
    case 'exists':
      return true
    case 'in':
      return expression.set.every((element) => element.is === 'literal')
    case 'binary': {
      const { operator, right } = expression
      if (right.is !== 'literal') return false
      return (
        operator === '=' || operator === '<>' || (isComparison(operator) && typeof right.value === 'number')
      )
    }
    default:
      return false
  }
}

function isData(expression: Expression): boolean {
  return expression.is === 'data'
}

function ownCost(expression: Expression): number {
  switch (expression.is) {
    case 'data':
      return 6
    case 'attribute':
      return 3
    case 'call':
      // Calls create and copy texts.
      return 24
    case 'like': {
      const { op, text } = likeTerm(expression.pattern)
      return op === 'glob' ? 1 + globCost(text) : op === 'contains' ? SEARCH : 2
    }
    case 'literal':
      return 0.125
    default:
      return 1
  }
}
