import { BINDING, bindingOf, type Expression, type Identifier, isLogic, type LogicOperator } from './ast.js'
import { isInteger } from './values.js'

/**
 * The canonical text of an expression; `parseExpression` reads it back to an equal one. Parentheses show
 * where the precedence of CESQL differs from SQL: (NOT a) = 1, (a OR b) AND c.
 */
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
      const first = isLogic(operator) ? operand(left, operator) : compared(left, binding)
      const second = isLogic(operator) ? within(right, binding + 1) : compared(right, binding + 1)
      return `${first} ${operator} ${second}`
    }
    case 'like':
      return `${compared(expression.operand, BINDING.like)} ${not(expression)}LIKE ${formatText(expression.pattern)}`
    case 'in':
      return `${compared(expression.operand, BINDING.in)} ${not(expression)}IN (${formatList(expression.set)})`
    case 'exists':
      return `EXISTS ${formatIdentifier(expression.of)}`
    case 'call':
      return `${expression.name}(${formatList(expression.arguments)})`
  }
}

/** Adds parentheses if the expression binds less strongly than `least`. */
function within(expression: Expression, least: number): string {
  const text = formatExpression(expression)
  return strength(expression) < least ? `(${text})` : text
}

/** An operand of any operator except AND, OR and XOR. */
function compared(expression: Expression, least: number): string {
  const negated = expression.is === 'unary' && expression.operator === 'NOT'
  return negated ? `(${formatExpression(expression)})` : within(expression, least)
}

function operand(expression: Expression, operator: LogicOperator): string {
  const other = expression.is === 'binary' && isLogic(expression.operator) && expression.operator !== operator
  return other ? `(${formatExpression(expression)})` : within(expression, BINDING.logic)
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

export function formatText(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}

function formatIdentifier(identifier: Identifier): string {
  if (identifier.is === 'attribute') return identifier.name
  const keys = identifier.path.map((key) => (/^[A-Za-z0-9_]+$/.test(key) ? key : formatText(key)))
  return ['data', ...keys].join('.')
}
