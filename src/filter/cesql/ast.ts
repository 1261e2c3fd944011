/** A parsed CESQL expression, frozen. `subject` is read as `tag`. */
export type Expression =
  | Literal
  | Identifier
  | { readonly is: 'unary'; readonly operator: UnaryOperator; readonly operand: Expression }
  | Binary
  | Like
  | In
  | { readonly is: 'exists'; readonly of: Identifier }
  | Call

/** Numbers other than 32-bit integers are decimals, which are an extension of Tocsin. */
export interface Literal {
  readonly is: 'literal'
  readonly value: string | number | boolean
}

/** An attribute of the event, or the value at a path in its body. */
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
  /** The name in capitals. */
  readonly name: string
  readonly arguments: readonly Expression[]
}

export type UnaryOperator = 'NOT' | '-'
export type LogicOperator = 'AND' | 'OR' | 'XOR'
/** The operator `!=` is read as `<>`. */
export type ComparisonOperator = '=' | '<>' | '<' | '<=' | '>' | '>='
export type MathOperator = '+' | '-' | '*' | '/' | '%'
export type BinaryOperator = LogicOperator | ComparisonOperator | MathOperator

/**
 * The precedence of operators in CESQL 1.0 §3.6, which differs from SQL: NOT binds more strongly than a
 * comparison, and AND, OR and XOR have the same precedence, from left to right.
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

/** The direct operands of an expression. */
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
