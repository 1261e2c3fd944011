import { isAlwaysText } from '../field.js'
import { type Expression, isComparison, isLogic } from './ast.js'
import { findFunction } from './functions.js'

export type ValueType = 'text' | 'number' | 'boolean'

/** The type of an expression's result; undefined if it depends on the event. */
export function typeOfExpression(expression: Expression): ValueType | undefined {
  switch (expression.is) {
    case 'literal':
      return typeOfValue(expression.value)
    case 'attribute':
      return isAlwaysText(expression.name) ? 'text' : undefined
    case 'data':
      return undefined
    case 'unary':
      return expression.operator === 'NOT' ? 'boolean' : 'number'
    case 'binary':
      return isLogic(expression.operator) || isComparison(expression.operator) ? 'boolean' : 'number'
    case 'call':
      return typeOfValue(findFunction(expression.name)!.zero)
    default:
      return 'boolean'
  }
}

/** The expression, cast to a boolean unless it always is one. */
export function toCondition(expression: Expression): Expression {
  if (typeOfExpression(expression) === 'boolean') return expression
  return Object.freeze({ is: 'call', name: 'BOOL', arguments: Object.freeze([expression]) })
}

function typeOfValue(value: string | number | boolean): ValueType {
  if (typeof value === 'string') return 'text'
  return typeof value === 'number' ? 'number' : 'boolean'
}
