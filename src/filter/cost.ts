import type { Filter, TextFilter, TextOp } from './ast.js'
import { costOfExpression } from './cesql/cost.js'
import { filterError } from './errors.js'
import { parseField } from './field.js'
import { FilterLimits } from './limits.js'
import { regexSize } from './regex-size.js'

/** Roughly how long a filter takes for one event, in comparisons of a short prefix of the tag. */
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
    case 'not':
      return cost(filter.of)
    case 'exact':
      return 1 + fieldCost[parseField(filter.field).in]
    default:
      return textCost[filter.op](filter) + fieldCost[parseField(filter.field).in]
  }
}

const fieldCost = { tag: 0, source: 0, kind: 0, attribute: 2, data: 6, type: 6 }
/** Weighed by the longest that a text made for it can take, not by what is usual. */
const textCost: Record<TextOp, (filter: TextFilter) => number> = {
  prefix: () => 1,
  suffix: () => 1,
  contains: ({ field }) => (parseField(field).in === 'data' ? 12 : 3),
  glob: ({ text }) => 1 + Math.ceil(text.length / 8),
  regex: ({ text }) => 20 + 2 * regexSize(text, 'regex'),
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
