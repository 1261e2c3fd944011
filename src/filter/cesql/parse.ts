import { type Filter, sql } from '../ast.js'
import { partsOf } from '../describe.js'
import { FilterLimits } from '../limits.js'
import { lowerCondition } from './lower.js'
import { type NodeBudget, parseCondition } from './parser.js'

/**
 * The filter of an SQL condition, and how many parts it has. It is said in other filters as far as they say
 * the same and its JSON form nests no deeper than `depth`.
 */
export function parseSql(
  text: string,
  where: string,
  depth: number,
  budget: NodeBudget,
): { filter: Filter; parts: number } {
  const expression = parseCondition(text, where, budget)
  const lowered = lowerCondition(expression, sql)
  const { parts, deep } = measure(lowered)
  if (deep <= depth && parts <= FilterLimits.parts / 4) return { filter: lowered, parts }
  return { filter: sql(expression), parts: 1 }
}

/** As `parseJson` counts them. */
function measure(filter: Filter): { parts: number; deep: number } {
  const inner = partsOf(filter).map(measure)
  const parts = inner.reduce((sum, part) => sum + part.parts, 'field' in filter ? 2 : 1)
  return { parts, deep: inner.length === 0 ? 0 : 1 + Math.max(...inner.map(({ deep }) => deep)) }
}
