import { type FilterJson, formatFilter } from './ast.js'
import { type FilterInput, parseFilter } from './parse.js'

/** What matches the filter, and the SQL condition as well. */
export function withCondition(filter: FilterInput | undefined, sql: string): FilterJson {
  return filter === undefined ? { sql } : { all: [formatFilter(parseFilter(filter)), { sql }] }
}
