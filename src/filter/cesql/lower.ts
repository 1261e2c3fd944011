import { allOf, anyOf, everything, exact, type Filter, not, nothing, text } from '../ast.js'
import { isAlwaysText } from '../field.js'
import { FilterLimits } from '../limits.js'
import type { Binary, BinaryOperator, Expression, In, Like } from './ast.js'
import { likeTerm } from './like.js'
import { toCondition } from './types.js'
import { toText } from './values.js'

/**
 * Turns SQL conditions into equivalent filters of the other dialects, so that the tag index applies, cheap
 * parts run first, and filters with the same meaning have the same key.
 */

/**
 * A filter that matches exactly where the condition is true without a fault. Parts without an equivalent stay
 * SQL. All operands of an AND must be true and without a fault in any order; for an OR that holds only if the
 * operands that stay SQL cannot fail.
 */
export function lowerCondition(expression: Expression, sql: (rest: Expression) => Filter): Filter {
  const operands = chain(expression)
  if (isJoined(expression, 'AND')) return allOf(operands.map((operand) => lowerOperand(operand, sql)))
  if (isJoined(expression, 'OR')) {
    const last = operands.length - 1
    const before = every(operands.slice(0, last), withoutFault)
    if (before !== undefined) return anyOf([...before, lowerOperand(operands[last], sql)])
  }
  return withoutFault(expression) ?? sql(expression)
}

/** AND and OR cast their operands, but filters do not. */
function lowerOperand(expression: Expression, sql: (rest: Expression) => Filter): Filter {
  return lowerCondition(toCondition(expression), sql)
}

/** A filter that matches wherever the condition is true, and possibly elsewhere. */
export function atLeast(expression: Expression): Filter {
  if (isJoined(expression, 'AND')) return allOf(chain(expression).map(atLeast))
  if (isJoined(expression, 'OR')) return anyOf(chain(expression).map(atLeast))
  return withoutFault(expression) ?? everything
}

function isJoined(expression: Expression, operator: BinaryOperator): expression is Binary {
  return expression.is === 'binary' && expression.operator === operator
}

/** The operands of a chain of one operator: a, b and c of (a AND b) AND c. */
function chain(expression: Expression): Expression[] {
  const operands: Expression[] = []
  let left = expression
  while (left.is === 'binary' && isJoined(expression, left.operator)) {
    operands.push(left.right)
    left = left.left
  }
  return [...operands, left].reverse()
}

/** Maps all items; undefined if one result is undefined. */
function every<Item, Result>(
  items: readonly Item[],
  to: (item: Item) => Result | undefined,
): Result[] | undefined {
  const results: Result[] = []
  for (const item of items) {
    const result = to(item)
    if (result === undefined) return undefined
    results.push(result)
  }
  return results
}

/** The condition as a filter if it can never fail, whatever the event; otherwise undefined. */
export function withoutFault(expression: Expression): Filter | undefined {
  switch (expression.is) {
    case 'literal':
      return typeof expression.value === 'boolean' ? (expression.value ? everything : nothing) : undefined
    case 'unary': {
      if (expression.operator !== 'NOT') return undefined
      const operand = withoutFault(expression.operand)
      return operand && not(operand)
    }
    case 'binary':
      return lowerBinary(expression)
    case 'like':
      return lowerLike(expression)
    case 'in':
      return lowerIn(expression)
    case 'exists':
      return expression.of.is === 'attribute' && alwaysThere.has(expression.of.name) ? everything : undefined
    default:
      return undefined
  }
}

const alwaysThere = new Set([
  'tag',
  'source',
  'type',
  'id',
  'time',
  'kind',
  'specversion',
  'datacontenttype',
  'cursor',
])

function lowerBinary(expression: Binary): Filter | undefined {
  const { operator, left, right } = expression
  if (operator === 'AND' || operator === 'OR') {
    const operands = every(chain(expression), withoutFault)
    return operands && (operator === 'AND' ? allOf(operands) : anyOf(operands))
  }
  if (operator !== '=' && operator !== '<>') return undefined
  const found = textEquals(left, right) ?? textEquals(right, left)
  return found && (operator === '=' ? found : not(found))
}

function textEquals(field: Expression, value: Expression): Filter | undefined {
  if (field.is !== 'attribute' || !isAlwaysText(field.name)) return undefined
  if (value.is !== 'literal' || typeof value.value !== 'string') return undefined
  return lowerExact(field.name, value.value)
}

/** The JSON form has no comparison with the empty text for every field. */
function lowerExact(field: string, wanted: string): Filter | undefined {
  return wanted !== '' && isWritable(wanted, FilterLimits.literalBytes) ? exact(field, wanted) : undefined
}

function lowerLike({ operand, pattern, negated }: Like): Filter | undefined {
  if (operand.is !== 'attribute' || !isAlwaysText(operand.name)) return undefined
  const term = likeTerm(pattern)
  const general = term.op === 'glob'
  // An event may carry a type that is too long to compare with a pattern, which is a fault.
  if (general && operand.name === 'type') return undefined
  if (!isWritable(term.text, general ? FilterLimits.patternBytes : FilterLimits.literalBytes))
    return undefined
  const { op } = term
  const filter = op === 'exact' ? lowerExact(operand.name, term.text) : text(op, operand.name, term.text)
  return negated ? filter && not(filter) : filter
}

/** The elements of the set are cast to text, which never fails. */
function lowerIn({ operand, set, negated }: In): Filter | undefined {
  if (operand.is !== 'attribute' || !isAlwaysText(operand.name)) return undefined
  const wanted = every(set, (element) =>
    element.is === 'literal' ? lowerExact(operand.name, toText(element.value)) : undefined,
  )
  if (wanted === undefined) return undefined
  return negated ? not(anyOf(wanted)) : anyOf(wanted)
}

const utf8 = new TextEncoder()

function isWritable(value: string, limit: number): boolean {
  return value.length <= limit && utf8.encode(value).length <= limit
}
