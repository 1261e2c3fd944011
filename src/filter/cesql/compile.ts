import { numberAt, textLength, textStart } from '../../event/msgpack/find.js'
import type { Filter } from '../ast.js'
import { FilterLimits } from '../limits.js'
import type { CompileOptions } from '../matcher.js'
import { compileText, type TextTest } from '../text-test.js'
import type { Binary, Expression, In, Like } from './ast.js'
import { comparisons, compileValue } from './evaluate.js'
import { compileField, type Field, isMissing } from './fields.js'
import { compileLike } from './like.js'
import { withoutFault } from './lower.js'
import { toCondition, typeOfExpression } from './types.js'
import { countFaults, isInteger, type Value } from './values.js'

/**
 * Evaluates a condition for the frame at offset `at` in the "fail fast mode" of CESQL 1.0 §4.1: the first
 * fault ends the evaluation, and the event does not match.
 */
type Condition = (bytes: Uint8Array, at: number) => Answer

type Answer = typeof FALSE | typeof TRUE | typeof FAULT
const FALSE = 0
const TRUE = 1
const FAULT = -1

type Test = (bytes: Uint8Array, at: number) => boolean
export type CompileTest = (filter: Filter, options: CompileOptions) => Test

/**
 * Tests whether the expression is true without a fault. `compileTest` compiles the parts that are ordinary
 * filters.
 */
export function compileSql(expression: Expression, options: CompileOptions, compileTest: CompileTest): Test {
  const type = typeOfExpression(expression)
  const condition =
    type === 'boolean' ? compileCondition(expression, options, compileTest) : slow(expression, options)
  return (bytes, at) => condition(bytes, at) === TRUE
}

function compileOperand(
  expression: Expression,
  options: CompileOptions,
  compileTest: CompileTest,
): Condition {
  return compileCondition(toCondition(expression), options, compileTest)
}

function compileCondition(
  expression: Expression,
  options: CompileOptions,
  compileTest: CompileTest,
): Condition {
  const lowered = withoutFault(expression)
  if (lowered !== undefined) {
    const test = compileTest(lowered, options)
    return (bytes, at) => (test(bytes, at) ? TRUE : FALSE)
  }
  if (expression.is === 'unary' && expression.operator === 'NOT') {
    const operand = compileOperand(expression.operand, options, compileTest)
    return (bytes, at) => negated(operand(bytes, at))
  }
  if (expression.is === 'binary') {
    const { operator } = expression
    if (operator === 'AND' || operator === 'OR' || operator === 'XOR')
      return junction(
        operator,
        compileOperand(expression.left, options, compileTest),
        compileOperand(expression.right, options, compileTest),
      )
  }
  return quick(expression, options) ?? slow(expression, options)
}

function negated(answer: Answer): Answer {
  return answer === FAULT ? FAULT : answer === TRUE ? FALSE : TRUE
}

function junction(operator: 'AND' | 'OR' | 'XOR', left: Condition, right: Condition): Condition {
  if (operator === 'AND')
    return (bytes, at) => {
      const answer = left(bytes, at)
      return answer === TRUE ? right(bytes, at) : answer
    }
  if (operator === 'OR')
    return (bytes, at) => {
      const answer = left(bytes, at)
      return answer === FALSE ? right(bytes, at) : answer
    }
  return (bytes, at) => {
    const answer = left(bytes, at)
    if (answer === FAULT) return FAULT
    return answer === TRUE ? negated(right(bytes, at)) : right(bytes, at)
  }
}

function slow(expression: Expression, options: CompileOptions): Condition {
  const evaluate = compileValue(expression, options)
  const faults = countFaults()
  return (bytes, at) => {
    faults.count = 0
    const value = evaluate(bytes, at, faults)
    if (faults.count > 0) return FAULT
    return value === true ? TRUE : FALSE
  }
}

/** A condition that creates no values where the event has a value of the required type. */
function quick(expression: Expression, options: CompileOptions): Condition | undefined {
  switch (expression.is) {
    case 'exists': {
      const { exists } = compileField(expression.of, options)
      return (bytes, at) => (exists(bytes, at) ? TRUE : FALSE)
    }
    case 'like':
      return onField(expression.operand, expression, options, likeAt(expression))
    case 'binary':
      return expression.right.is === 'literal'
        ? onField(expression.left, expression, options, comparisonAt(expression, expression.right.value))
        : undefined
    case 'in':
      return onField(expression.operand, expression, options, memberAt(expression))
    default:
      return undefined
  }
}

/** The answer for the msgpack value at the offset; undefined if it must be cast or has no value. */
type Quick = (bytes: Uint8Array, position: number) => Answer | undefined

function onField(
  operand: Expression,
  whole: Expression,
  options: CompileOptions,
  answerAt: Quick | undefined,
): Condition | undefined {
  if (answerAt === undefined || (operand.is !== 'data' && operand.is !== 'attribute')) return undefined
  const { locate }: Field = compileField(operand, options)
  if (locate === undefined) return undefined
  const otherwise = slow(whole, options)
  return (bytes, at) => {
    const position = locate(bytes, at)
    if (isMissing(bytes, position)) return FAULT
    return answerAt(bytes, position) ?? otherwise(bytes, at)
  }
}

function likeAt({ pattern, negated }: Like): Quick {
  const { test, longest } = compileLike(pattern)
  return textAt(test, longest, negated)
}

function textAt(test: TextTest, longest: number, negated: boolean): Quick {
  return (bytes, position) => {
    const length = textLength(bytes, position)
    if (length < 0) return undefined
    if (length > longest) return FAULT
    const start = textStart(bytes, position)
    return test(bytes, start, start + length) !== negated ? TRUE : FALSE
  }
}

function comparisonAt({ operator }: Binary, value: Value): Quick | undefined {
  const compare = comparisons[operator]
  if (compare === undefined) return undefined
  if (typeof value === 'number') return numberTest((found) => compare(found, value), FAULT)
  if (operator !== '=' && operator !== '<>') return undefined
  const negated = operator === '<>'
  if (typeof value === 'string')
    return textAt(compileText('exact', value), FilterLimits.searchedBytes, negated)
  return (bytes, position) => {
    const lead = bytes[position]
    if (lead !== 0xc2 && lead !== 0xc3) return textLength(bytes, position) > LONGEST_CAST ? FAULT : undefined
    return ((lead === 0xc3) === value) !== negated ? TRUE : FALSE
  }
}

/** Bytes of the longest text that can be cast to a number or a boolean: a sign and 64 digits. */
const LONGEST_CAST = 65

/** `onLongText` is the answer for a text that is no number, which is then not decoded. */
function numberTest(test: (found: number) => boolean, onLongText: Answer): Quick {
  return (bytes, position) => {
    const found = numberAt(bytes, position)
    if (isInteger(found)) return test(found) ? TRUE : FALSE
    // Other numbers can be compared too, but in an attribute they are text.
    const length = textLength(bytes, position)
    if (length <= LONGEST_CAST) return undefined
    return length > FilterLimits.searchedBytes ? FAULT : onLongText
  }
}

/** Works only if all elements are literals of one type, so that none needs a cast. */
function memberAt({ set, negated }: In): Quick | undefined {
  const values = set.map((element) => (element.is === 'literal' ? element.value : undefined))
  if (values.every((value) => typeof value === 'number')) {
    const wanted = new Set<unknown>(values)
    return numberTest((found) => wanted.has(found) !== negated, negated ? TRUE : FALSE)
  }
  if (!values.every((value) => typeof value === 'string')) return undefined
  const tests = values.map((value) => compileText('exact', value))
  const any: TextTest = (bytes, start, end) => tests.some((test) => test(bytes, start, end))
  return textAt(any, FilterLimits.searchedBytes, negated)
}
