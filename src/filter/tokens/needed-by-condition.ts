import type { Binary, Expression, Identifier, In, Like } from '../cesql/ast.js'
import { likeTerm } from '../cesql/like.js'
import type { Field } from '../field.js'
import { tokenOfNumber } from './frame-tokens.js'
import { allNeeded, anyNeeded, type NeededTokens } from './needed.js'
import { neededByEqualText, neededByPattern } from './needed-by-field.js'

/** Returns the tokens that an event has for which the condition is true; undefined if nothing is known. */
export function neededByCondition(expression: Expression): NeededTokens | undefined {
  switch (expression.is) {
    case 'binary':
      return neededByBinary(expression)
    case 'like':
      return neededByLike(expression)
    case 'in':
      return neededByIn(expression)
    default:
      return undefined
  }
}

function neededByBinary({ operator, left, right }: Binary): NeededTokens | undefined {
  switch (operator) {
    case 'AND':
      return allNeeded([neededByCondition(left), neededByCondition(right)])
    case 'OR':
      return anyNeeded([neededByCondition(left), neededByCondition(right)])
    case '=':
      return neededByEqual(left, right) ?? neededByEqual(right, left, true)
    default:
      return undefined
  }
}

/** A number on the left is cast to the type of the field's value, so that it may also equal `true`. */
function neededByEqual(of: Expression, value: Expression, isNumberCast = false): NeededTokens | undefined {
  const field = fieldOf(of)
  if (field === undefined || value.is !== 'literal') return undefined
  if (typeof value.value === 'string') return neededByEqualText(field, value.value, isCast(field))
  if (isNumberCast || field.in !== 'data' || value.value === 0 || value.value === 1) return undefined
  const token = tokenOfNumber(value.value)
  return token === undefined ? undefined : { token }
}

function neededByLike({ operand, pattern, negated }: Like): NeededTokens | undefined {
  const field = fieldOf(operand)
  if (field === undefined || negated) return undefined
  const { op, text } = likeTerm(pattern)
  return op === 'exact'
    ? neededByEqualText(field, text, isCast(field))
    : neededByPattern(op, field, text, isCast(field))
}

function neededByIn({ operand, set, negated }: In): NeededTokens | undefined {
  const field = fieldOf(operand)
  if (field === undefined || negated) return undefined
  return anyNeeded(
    set.map((element) =>
      element.is === 'literal' && typeof element.value === 'string'
        ? neededByEqualText(field, element.value, isCast(field))
        : undefined,
    ),
  )
}

function isCast(field: Field): boolean {
  return field.in === 'attribute' || field.in === 'data'
}

function fieldOf(expression: Expression): Field | undefined {
  if (expression.is === 'data') return { in: 'data', path: expression.path }
  return expression.is === 'attribute' ? attributeField(expression) : undefined
}

function attributeField({ name }: Identifier & { is: 'attribute' }): Field | undefined {
  if (name === 'type' || name === 'kind') return undefined
  return name === 'tag' || name === 'source' ? { in: name } : { in: 'attribute', name }
}
