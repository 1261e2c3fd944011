import type { CompileOptions } from '../matcher.js'
import {
  type Binary,
  type BinaryOperator,
  type Call,
  type Expression,
  type Identifier,
  type In,
  isComparison,
  type Like,
} from './ast.js'
import { compileField, NoValue } from './fields.js'
import { findFunction } from './functions.js'
import { compileLike } from './like.js'
import {
  type Faults,
  isEqual,
  isInteger,
  timeReader,
  toBoolean,
  toInteger,
  toNumber,
  toText,
  type Value,
} from './values.js'

/**
 * The value of an expression for the frame at offset `at`, together with the faults on the way: the "complete
 * evaluation mode" of CESQL 1.0 §4.1. Undefined if an attribute is missing or has no value; the surrounding
 * operator or function then returns the zero value of its type (§3.2).
 */
export type Evaluate = (bytes: Uint8Array, at: number, faults: Faults) => Value | undefined

export function compileValue(expression: Expression, options: CompileOptions): Evaluate {
  switch (expression.is) {
    case 'literal':
      return () => expression.value
    case 'attribute':
    case 'data':
      return identifier(expression, options)
    case 'unary':
      return expression.operator === 'NOT'
        ? negation(expression.operand, options)
        : minus(expression.operand, options)
    case 'binary':
      return binary(expression, options)
    case 'like':
      return like(expression, options)
    case 'in':
      return membership(expression, options)
    case 'exists': {
      const { exists } = compileField(expression.of, options)
      return (bytes, at) => exists(bytes, at)
    }
    case 'call':
      return call(expression, options)
  }
}

function identifier(expression: Identifier, options: CompileOptions): Evaluate {
  const field = compileField(expression, options)
  return (bytes, at, faults) => {
    const value = field.read(bytes, at)
    if (!(value instanceof NoValue)) return value
    faults.add(value.kind, expression)
    return undefined
  }
}

type Cast<Type extends Value> = (value: Value) => Type | undefined

/**
 * The operand cast to the type that the operator requires; undefined after reporting a fault if that is
 * impossible.
 */
function operand<Type extends Value>(
  expression: Expression,
  cast: Cast<Type>,
  options: CompileOptions,
): (bytes: Uint8Array, at: number, faults: Faults) => Type | undefined {
  const evaluate = compileValue(expression, options)
  return (bytes, at, faults) => {
    const value = evaluate(bytes, at, faults)
    if (value === undefined) return undefined
    const result = cast(value)
    if (result === undefined) faults.add('cast', expression)
    return result
  }
}

function negation(expression: Expression, options: CompileOptions): Evaluate {
  const evaluate = operand(expression, toBoolean, options)
  return (bytes, at, faults) => evaluate(bytes, at, faults) === false
}

function minus(expression: Expression, options: CompileOptions): Evaluate {
  const evaluate = operand(expression, toInteger, options)
  return (bytes, at, faults) => integer(-(evaluate(bytes, at, faults) ?? 0), expression, faults)
}

function integer(result: number, expression: Expression, faults: Faults): number {
  // Zero of either sign becomes 0, and so does the result of an overflow or a division by zero.
  if (isInteger(result)) return result + 0
  faults.add('math', expression)
  return 0
}

function binary(expression: Binary, options: CompileOptions): Evaluate {
  const { operator } = expression
  if (operator === 'AND' || operator === 'OR' || operator === 'XOR') return logic(expression, options)
  if (operator === '=' || operator === '<>') return equality(expression, options)
  if (isComparison(operator)) return order(expression, options)
  return math(expression, options)
}

function logic({ operator, left, right }: Binary, options: CompileOptions): Evaluate {
  const first = operand(left, toBoolean, options)
  const second = operand(right, toBoolean, options)
  // The left operand decides alone where it can.
  const decided = operator === 'AND' ? false : operator === 'OR' ? true : undefined
  return (bytes, at, faults) => {
    const a = first(bytes, at, faults)
    if (a === undefined) return false
    if (a === decided) return a
    const b = second(bytes, at, faults)
    if (b === undefined) return false
    return operator === 'XOR' ? a !== b : b
  }
}

function equality({ operator, left, right }: Binary, options: CompileOptions): Evaluate {
  const first = compileValue(left, options)
  const second = compileValue(right, options)
  const wanted = operator === '='
  return (bytes, at, faults) => {
    const a = first(bytes, at, faults)
    const b = second(bytes, at, faults)
    if (a === undefined || b === undefined) return false
    const equal = isEqual(a, b)
    if (equal === undefined) faults.add('cast', left)
    return equal === wanted
  }
}

/** Two texts that are RFC 3339 times are compared as these; anything else as numbers. */
function order({ operator, left, right }: Binary, options: CompileOptions): Evaluate {
  const first = compileValue(left, options)
  const second = compileValue(right, options)
  const [toTime, toOtherTime] = [timeReader(), timeReader()]
  const compare = comparisons[operator]!
  return (bytes, at, faults) => {
    const a = first(bytes, at, faults)
    const b = second(bytes, at, faults)
    if (a === undefined || b === undefined) return false
    const time = toTime(a)
    const other = time === undefined ? undefined : toOtherTime(b)
    if (time !== undefined && other !== undefined) return compare(time, other)
    const [number, otherNumber] = [toNumber(a), toNumber(b)]
    if (number === undefined) faults.add('cast', left)
    if (otherNumber === undefined) faults.add('cast', right)
    return number !== undefined && otherNumber !== undefined && compare(number, otherNumber)
  }
}

type Ordered = number | bigint

export const comparisons: { readonly [operator in BinaryOperator]?: (a: Ordered, b: Ordered) => boolean } = {
  '=': (a, b) => a <= b && a >= b,
  '<>': (a, b) => !(a <= b && a >= b),
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
}

function math(expression: Binary, options: CompileOptions): Evaluate {
  const first = operand(expression.left, toInteger, options)
  const second = operand(expression.right, toInteger, options)
  const calculate = operations[expression.operator]!
  return (bytes, at, faults) => {
    const a = first(bytes, at, faults)
    const b = second(bytes, at, faults)
    return a === undefined || b === undefined ? 0 : integer(calculate(a, b), expression, faults)
  }
}

/** Operations on integers. Division by zero does not give a number. */
const operations: { readonly [operator in BinaryOperator]?: (a: number, b: number) => number } = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => Math.trunc(a / b),
  '%': (a, b) => a % b,
}

const utf8 = new TextEncoder()

function like(expression: Like, options: CompileOptions): Evaluate {
  const evaluate = operand(expression.operand, toText, options)
  const { test, longest } = compileLike(expression.pattern)
  return (bytes, at, faults) => {
    const text = evaluate(bytes, at, faults)
    if (text === undefined) return false
    const encoded = utf8.encode(text)
    if (encoded.length <= longest) return test(encoded, 0, encoded.length) !== expression.negated
    faults.add('generic', expression.operand)
    return false
  }
}

function membership(expression: In, options: CompileOptions): Evaluate {
  const evaluate = compileValue(expression.operand, options)
  const elements = expression.set.map((element) => compileValue(element, options))
  return (bytes, at, faults) => {
    const value = evaluate(bytes, at, faults)
    if (value === undefined) return false
    for (let i = 0; i < elements.length; i++) {
      const element = elements[i](bytes, at, faults)
      // The type of the searched value matters, so it is the right operand here.
      const equal = element === undefined ? undefined : isEqual(element, value)
      if (equal) return !expression.negated
      if (equal !== undefined) continue
      if (element !== undefined) faults.add('cast', expression.set[i])
      return false
    }
    return expression.negated
  }
}

function call(expression: Call, options: CompileOptions): Evaluate {
  const { parameters, zero, run } = findFunction(expression.name)!
  const given = expression.arguments.map((argument, i) =>
    operand<Value>(argument, casts[parameters[Math.min(i, parameters.length - 1)]], options),
  )
  return (bytes, at, faults) => {
    const values = given.map((evaluate) => evaluate(bytes, at, faults))
    if (values.includes(undefined)) return zero
    return run((kind) => faults.add(kind, expression), ...(values as never[]))
  }
}

const casts: Record<'any' | 'text' | 'integer', Cast<Value>> = {
  any: (value) => value,
  text: toText,
  integer: toInteger,
}
