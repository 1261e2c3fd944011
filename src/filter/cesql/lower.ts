import { allOf, anyOf, everything, exact, type Filter, not, nothing, text } from '../ast.js'
import { isAlwaysText } from '../field.js'
import { FilterLimits } from '../limits.js'
import type { Binary, Expression, In, Like } from './ast.js'
import { likeTerm } from './like.js'
import { toCondition } from './types.js'
import { toText } from './values.js'

/**
 * SQL conditions as the filters of the other spellings, as far as these mean the same: so the index finds
 * their tags, the cheap ones are tried first, and filters that mean the same are the same.
 */

/**
 * A filter that matches exactly where the condition is true without a fault. What has no such form stays SQL.
 * Of an AND all must be true and faultless, in whatever order; of an OR that only holds where what stands
 * left cannot fail.
 */
export function lowerCondition(expression: Expression, sql: (rest: Expression) => Filter): Filter {
  if (expression.is === 'binary' && expression.operator === 'AND')
    return allOf([lowerOperand(expression.left, sql), lowerOperand(expression.right, sql)])
  if (expression.is === 'binary' && expression.operator === 'OR') {
    const left = withoutFault(expression.left)
    if (left !== undefined) return anyOf([left, lowerOperand(expression.right, sql)])
  }
  return withoutFault(expression) ?? sql(expression)
}

/** AND and OR cast their operands, and a filter is not cast. */
function lowerOperand(expression: Expression, sql: (rest: Expression) => Filter): Filter {
  return lowerCondition(toCondition(expression), sql)
}

/** A filter that matches wherever the condition is true, and maybe elsewhere. */
export function atLeast(expression: Expression): Filter {
  if (expression.is === 'binary' && (expression.operator === 'AND' || expression.operator === 'OR')) {
    const join = expression.operator === 'AND' ? allOf : anyOf
    return join([atLeast(expression.left), atLeast(expression.right)])
  }
  return withoutFault(expression) ?? everything
}

/** The condition as a filter where it never fails, whatever the event. */
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

function lowerBinary({ operator, left, right }: Binary): Filter | undefined {
  if (operator === 'AND' || operator === 'OR') {
    const [a, b] = [withoutFault(left), withoutFault(right)]
    if (a === undefined || b === undefined) return undefined
    return operator === 'AND' ? allOf([a, b]) : anyOf([a, b])
  }
  if (operator !== '=' && operator !== '<>') return undefined
  const found = textEquals(left, right) ?? textEquals(right, left)
  return found && (operator === '=' ? found : not(found))
}

function textEquals(field: Expression, value: Expression): Filter | undefined {
  if (field.is !== 'attribute' || !isAlwaysText(field.name)) return undefined
  if (value.is !== 'literal' || typeof value.value !== 'string') return undefined
  return isWritable(value.value, FilterLimits.literalBytes) ? exact(field.name, value.value) : undefined
}

function lowerLike({ operand, pattern, negated }: Like): Filter | undefined {
  if (operand.is !== 'attribute' || !isAlwaysText(operand.name)) return undefined
  const term = likeTerm(pattern)
  const general = term.op === 'glob'
  // An event may carry a type so long that it is not compared with a pattern, which is a fault.
  if (general && operand.name === 'type') return undefined
  if (!isWritable(term.text, general ? FilterLimits.patternBytes : FilterLimits.literalBytes))
    return undefined
  const { op } = term
  const filter = op === 'exact' ? exact(operand.name, term.text) : text(op, operand.name, term.text)
  return negated ? not(filter) : filter
}

/** The elements are cast to text, which never fails. */
function lowerIn({ operand, set, negated }: In): Filter | undefined {
  if (operand.is !== 'attribute' || !isAlwaysText(operand.name)) return undefined
  const wanted = set.map((element) => (element.is === 'literal' ? toText(element.value) : undefined))
  if (!wanted.every((value) => value !== undefined && isWritable(value, FilterLimits.literalBytes)))
    return undefined
  const filter = anyOf(wanted.map((value) => exact(operand.name, value as string)))
  return negated ? not(filter) : filter
}

const utf8 = new TextEncoder()

function isWritable(value: string, limit: number): boolean {
  return value.length <= limit && utf8.encode(value).length <= limit
}
