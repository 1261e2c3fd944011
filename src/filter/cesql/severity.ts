import {
  type OrderOperator,
  type SeverityName,
  severitiesFor,
  severityOfValue,
} from '../../event/severity.js'
import type { Binary, BinaryOperator, Expression, Literal } from './ast.js'

/** A comparison of the attribute `severity` with a word for one: it goes by rank, and the word may be any usual one. */
export type SeverityComparison =
  | { readonly is: 'equal'; readonly operator: '=' | '<>'; readonly name: SeverityName }
  | { readonly is: 'order'; readonly names: readonly SeverityName[] }
  | { readonly is: 'unknown'; readonly word: string }

/** Undefined for all other expressions. */
export function severityComparison({ operator, left, right }: Binary): SeverityComparison | undefined {
  const isLeft = isSeverity(left)
  if (!isLeft && !isSeverity(right)) return undefined
  const word = wordOf(isLeft ? right : left)
  const order = orders[operator]
  const isEqual = operator === '=' || operator === '<>'
  if (word === undefined || (order === undefined && !isEqual)) return undefined
  const name = severityOfValue(word)
  if (name === undefined) return { is: 'unknown', word }
  if (isEqual) return { is: 'equal', operator, name }
  if (order === undefined) return undefined
  return { is: 'order', names: severitiesFor(isLeft ? order : mirrored[order], name) }
}

export function isSeverity(expression: Expression): boolean {
  return expression.is === 'attribute' && expression.name === 'severity'
}

/** An element of a set in its usual spelling, if it names a severity. */
export function canonicalSeverity(element: Expression): Expression {
  const name = severityOfValue(wordOf(element))
  return name === undefined ? element : Object.freeze({ is: 'literal', value: name })
}

/** A text, or a severity without quotes. */
function wordOf(expression: Expression): string | undefined {
  if (isText(expression)) return expression.value
  const isWord = expression.is === 'attribute' && severityOfValue(expression.name) !== undefined
  return isWord ? expression.name : undefined
}

function isText(expression: Expression): expression is Literal & { value: string } {
  return expression.is === 'literal' && typeof expression.value === 'string'
}

const orders: Partial<Record<BinaryOperator, OrderOperator>> = { '<': '<', '<=': '<=', '>': '>', '>=': '>=' }
const mirrored: Record<OrderOperator, OrderOperator> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' }
