import { BINDING, bindingOf, type Expression, type Identifier } from './ast.js'
import { isInteger } from './values.js'

/** Canonical text of an expression; `parseExpression` reads it back to an equal one. */
export function formatExpression(expression: Expression): string {
  switch (expression.is) {
    case 'literal':
      return formatLiteral(expression.value)
    case 'attribute':
    case 'data':
      return formatIdentifier(expression)
    case 'unary':
      return `${expression.operator === 'NOT' ? 'NOT ' : '-'}${within(expression.operand, BINDING.unary)}`
    case 'binary': {
      const { operator, left, right } = expression
      const binding = bindingOf(operator)
      return `${within(left, binding)} ${operator} ${within(right, binding + 1)}`
    }
    case 'like':
      return `${within(expression.operand, BINDING.like)} ${not(expression)}LIKE ${formatText(expression.pattern)}`
    case 'in':
      return `${within(expression.operand, BINDING.in)} ${not(expression)}IN (${formatList(expression.set)})`
    case 'exists':
      return `EXISTS ${formatIdentifier(expression.of)}`
    case 'call':
      return `${expression.name}(${formatList(expression.arguments)})`
  }
}

/** In parentheses where it binds less than `least`. */
function within(expression: Expression, least: number): string {
  const text = formatExpression(expression)
  return strength(expression) < least ? `(${text})` : text
}

function strength(expression: Expression): number {
  switch (expression.is) {
    case 'binary':
      return bindingOf(expression.operator)
    case 'in':
      return BINDING.in
    case 'like':
      return BINDING.like
    case 'unary':
      return BINDING.unary
    default:
      return Number.POSITIVE_INFINITY
  }
}

function not({ negated }: { readonly negated: boolean }): string {
  return negated ? 'NOT ' : ''
}

function formatList(expressions: readonly Expression[]): string {
  return expressions.map(formatExpression).join(', ')
}

function formatLiteral(value: string | number | boolean): string {
  if (typeof value === 'string') return formatText(value)
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE'
  return Number.isInteger(value) && !isInteger(value) ? `${value}.0` : String(value)
}

function formatText(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}

function formatIdentifier(identifier: Identifier): string {
  if (identifier.is === 'attribute') return identifier.name
  const keys = identifier.path.map((key) => (/^[A-Za-z0-9_]+$/.test(key) ? key : formatText(key)))
  return ['data', ...keys].join('.')
}
