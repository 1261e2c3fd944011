import { formatFilter } from './ast.js'
import { type FilterInput, parseFilter } from './parse.js'

/** What matches the filter and the SQL condition as well, where there is one. */
export function withCondition(
  filter: FilterInput | undefined,
  sql: string | undefined,
): FilterInput | undefined {
  if (sql === undefined) return filter
  if (filter === undefined) return { sql }
  return { all: [formatFilter(parseFilter(filter)), { sql }] }
}
