import { type Expression, operandsOf } from './ast.js'
import { likeTerm } from './like.js'

/** In the points of cost.ts. */
export function costOfExpression(expression: Expression): number {
  return operandsOf(expression).reduce((sum, operand) => sum + costOfExpression(operand), ownCost(expression))
}

function ownCost(expression: Expression): number {
  switch (expression.is) {
    case 'data':
      return 6
    case 'attribute':
      return 3
    case 'call':
      // Texts are made and copied.
      return 12
    case 'like': {
      const { op, text } = likeTerm(expression.pattern)
      return op === 'glob' ? 2 + Math.ceil(text.length / 8) : op === 'contains' ? 12 : 2
    }
    case 'literal':
      return 0.125
    default:
      return 1
  }
}
