import { type Filter, not, text } from './ast.js'
import { formatText } from './cesql/format.js'
import { parseSql } from './cesql/parser.js'
import { filterError, quote } from './errors.js'
import { checkText, FilterLimits } from './limits.js'

const condition = /^(severity|host)\s*(>=|<=|<>|!=|=|<|>)\s*(\S.*)$/

/** The beginning of a tag that looks like a condition. */
export const CONDITION_ESCAPE = /^\\(?=(?:severity|host)\s*[<>=!])/

/** Reads `severity>=warning`, or `host=web*` with a glob; undefined for a pattern of tags. */
export function parseShortCondition(pattern: string): Filter | undefined {
  const [, name, operator, value] = condition.exec(pattern) ?? []
  if (name === undefined) return undefined
  checkText(pattern, FilterLimits.patternBytes, quote(pattern))
  if (name === 'severity') {
    const sql = `severity ${operator} ${formatText(value)}`
    const budget = { nodes: FilterLimits.sqlNodes }
    return parseSql(sql, quote(pattern), FilterLimits.depth, budget).filter
  }
  if (operator === '=') return text('glob', name, value)
  if (operator === '!=' || operator === '<>') return not(text('glob', name, value))
  throw filterError('TCN_FILTER_SYNTAX', quote(pattern), `${name} has no order; = or != is expected`)
}
