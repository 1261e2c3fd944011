/** A CESQL expression as it was read, frozen. `subject` is read as `tag`. */
export type Expression =
  | Literal
  | Identifier
  | { readonly is: 'unary'; readonly operator: UnaryOperator; readonly operand: Expression }
  | Binary
  | Like
  | In
  | { readonly is: 'exists'; readonly of: Identifier }
  | Call

/** Numbers that are no integers of 32 bits are decimals, which only our extension has. */
export interface Literal {
  readonly is: 'literal'
  readonly value: string | number | boolean
}

/** An attribute of the event, or what lies in its body under the path. */
export type Identifier =
  | { readonly is: 'attribute'; readonly name: string }
  | { readonly is: 'data'; readonly path: readonly string[] }

export interface Binary {
  readonly is: 'binary'
  readonly operator: BinaryOperator
  readonly left: Expression
  readonly right: Expression
}

export interface Like {
  readonly is: 'like'
  readonly operand: Expression
  readonly pattern: string
  readonly negated: boolean
}

export interface In {
  readonly is: 'in'
  readonly operand: Expression
  readonly set: readonly Expression[]
  readonly negated: boolean
}

export interface Call {
  readonly is: 'call'
  /** In capitals. */
  readonly name: string
  readonly arguments: readonly Expression[]
}

export type UnaryOperator = 'NOT' | '-'
export type LogicOperator = 'AND' | 'OR' | 'XOR'
/** `!=` is read as `<>`. */
export type ComparisonOperator = '=' | '<>' | '<' | '<=' | '>' | '>='
export type MathOperator = '+' | '-' | '*' | '/' | '%'
export type BinaryOperator = LogicOperator | ComparisonOperator | MathOperator

/**
 * How strongly operators bind, as CESQL 1.0 §3.6 has it, which is not what SQL has: NOT binds more strongly
 * than a comparison, and AND, OR and XOR bind alike, from left to right.
 */
export const BINDING = {
  logic: 10,
  comparison: 20,
  sum: 30,
  product: 40,
  in: 50,
  like: 60,
  unary: 70,
} as const

const binaryBinding: Record<BinaryOperator, number> = {
  AND: BINDING.logic,
  OR: BINDING.logic,
  XOR: BINDING.logic,
  '=': BINDING.comparison,
  '<>': BINDING.comparison,
  '<': BINDING.comparison,
  '<=': BINDING.comparison,
  '>': BINDING.comparison,
  '>=': BINDING.comparison,
  '+': BINDING.sum,
  '-': BINDING.sum,
  '*': BINDING.product,
  '/': BINDING.product,
  '%': BINDING.product,
}

export function bindingOf(operator: BinaryOperator): number {
  return binaryBinding[operator]
}

export function isLogic(operator: BinaryOperator): operator is LogicOperator {
  return bindingOf(operator) === BINDING.logic
}

export function isComparison(operator: BinaryOperator): operator is ComparisonOperator {
  return bindingOf(operator) === BINDING.comparison
}

/** The expressions that one is made of. */
export function operandsOf(expression: Expression): readonly Expression[] {
  switch (expression.is) {
    case 'unary':
    case 'like':
      return [expression.operand]
    case 'binary':
      return [expression.left, expression.right]
    case 'in':
      return [expression.operand, ...expression.set]
    case 'exists':
      return [expression.of]
    case 'call':
      return expression.arguments
    default:
      return []
  }
}
