import { parseTime } from '../event/position.js'
import { allOf, anyOf, type ExactFilter, everything, type Filter } from './ast.js'
import {
  type Binary,
  type Expression,
  type Identifier,
  type In,
  isComparison,
  operandsOf,
} from './cesql/ast.js'
import { formatExpression } from './cesql/format.js'
import { toBoolean, toInteger } from './cesql/values.js'
import { describe, partsOf } from './describe.js'
import { canonicalField, formatPath, parseField } from './field.js'
import { derivedNames, neverCarried, ownAttribute } from './own-attributes.js'

/** Kinds of values that comparisons distinguish. Texts that can be cast to another type are kinds of their own. */
export type ComparedKind =
  | 'null'
  | 'boolean'
  | 'number'
  | 'text'
  | 'number in text'
  | 'boolean in text'
  | 'time in text'
  | 'bytes'
  | 'list'
  | 'map'

/** A field of the body, or an attribute that not every event has, which a filter names. */
export interface FieldUse {
  readonly field: string
  /** The field as the filter writes it. */
  readonly written: string
  /** The comparison in words; absent if the field is used in another way. */
  readonly comparison?: string
  /** Kinds of values of which some can satisfy the comparison. Absent: any. */
  readonly kinds?: readonly ComparedKind[]
}

const texts = ['text', 'number in text', 'boolean in text', 'time in text'] as const
const castToNumbers = ['number', 'number in text', 'boolean'] as const
const castToBooleans = ['boolean', 'number', 'boolean in text'] as const

/**
 * The fields that a filter names, one entry for each place.
 *
 * @example
 * fieldUses(exact('data.retcode', null)).map(({ field, kinds }) => [field, kinds]) // [['data.retcode', ['null']]]
 */
export function fieldUses(filter: Filter): FieldUse[] {
  if (filter.op === 'sql') return usesOfSql(filter.expression)
  if (!('field' in filter)) return partsOf(filter).flatMap(fieldUses)
  const { field } = filter
  if (isOfEveryEvent(field)) return []
  // Attributes are compared as texts, whatever they are.
  if (parseField(field).in !== 'data') return [{ field, written: field }]
  const kinds = filter.op === 'exact' ? kindsOfExact(filter) : texts
  return [{ field, written: field, comparison: describe(filter), kinds }]
}

/**
 * The use of a field that is not compared. Throws TCN_FILTER_SYNTAX if there is no such field.
 *
 * @example
 * fieldUse('data.retcode') // [{ field: 'data.retcode', written: 'data.retcode' }]
 * fieldUse('tag') // []
 */
export function fieldUse(name: string): FieldUse[] {
  const field = canonicalField(name, 'field')
  return isOfEveryEvent(field) ? [] : [{ field, written: field }]
}

const anyHub = { typeOf: () => '' }

function isOfEveryEvent(name: string): boolean {
  const field = parseField(name)
  if (field.in === 'data') return field.path.length === 0
  if (field.in !== 'attribute') return true
  const { name: attribute } = field
  return (
    derivedNames.has(attribute) ||
    neverCarried.has(attribute) ||
    ownAttribute(attribute, anyHub) !== undefined
  )
}

function kindsOfExact({ value }: ExactFilter): readonly ComparedKind[] {
  if (typeof value === 'string') return texts
  if (value === null) return ['null']
  return typeof value === 'number' ? ['number'] : ['boolean']
}

function usesOfSql(expression: Expression): FieldUse[] {
  if (isIdentifier(expression)) return useOf(expression)
  return usesOfComparison(expression) ?? operandsOf(expression).flatMap(usesOfSql)
}

/** Undefined for other expressions than comparisons of one field with literals. */
function usesOfComparison(expression: Expression): FieldUse[] | undefined {
  switch (expression.is) {
    case 'like':
      return isIdentifier(expression.operand)
        ? useOf(expression.operand, expression, [...texts, 'number', 'boolean'])
        : undefined
    case 'in':
      return usesOfIn(expression)
    case 'binary':
      return usesOfBinary(expression)
    default:
      return undefined
  }
}

function usesOfIn(expression: In): FieldUse[] | undefined {
  const { operand, set, negated } = expression
  const literals = set.flatMap((element) => (element.is === 'literal' ? [element.value] : []))
  if (!isIdentifier(operand) || literals.length < set.length) return undefined
  return useOf(operand, expression, negated ? undefined : literals.flatMap(kindsOfEqual))
}

function usesOfBinary(expression: Binary): FieldUse[] | undefined {
  const { operator, left, right } = expression
  const [field, literal] = isIdentifier(left) ? [left, right] : [right, left]
  if (!isComparison(operator) || !isIdentifier(field) || literal.is !== 'literal') return undefined
  const isOrder = operator !== '=' && operator !== '<>'
  const kinds = isOrder ? kindsOfOrder(literal.value) : kindsOfEqual(literal.value)
  // The right side decides which type is compared: a value of another type differs from a text on it.
  const isMet = !isOrder && (field === right || (operator === '<>' && typeof literal.value === 'string'))
  return useOf(field, expression, isMet ? undefined : kinds)
}

function kindsOfEqual(value: string | number | boolean): readonly ComparedKind[] {
  if (typeof value === 'number') return castToNumbers
  if (typeof value === 'boolean') return castToBooleans
  const cast = [
    ...(isNumeric(value) ? ['number' as const] : []),
    ...(toBoolean(value) !== undefined ? ['boolean' as const] : []),
  ]
  return [...texts, ...cast]
}

function kindsOfOrder(value: string | number | boolean): readonly ComparedKind[] {
  if (typeof value !== 'string' || toInteger(value) !== undefined) return castToNumbers
  return parseTime(value) === undefined ? [] : ['time in text']
}

function isIdentifier(expression: Expression): expression is Identifier {
  return expression.is === 'data' || expression.is === 'attribute'
}

function useOf(of: Identifier, within?: Expression, kinds?: readonly ComparedKind[]): FieldUse[] {
  const field = of.is === 'data' ? formatPath(of.path) : of.name
  // A comparison that no value can satisfy is worth telling of every field.
  if (isOfEveryEvent(field) && kinds?.length !== 0) return []
  const comparison = within && formatExpression(within)
  return [{ field, written: formatExpression(of), ...(kinds && { comparison, kinds }) }]
}

/** The kind of a text, as comparisons cast it. */
export function kindOfText(text: string): ComparedKind {
  if (toInteger(text) !== undefined) return 'number in text'
  if (toBoolean(text) !== undefined) return 'boolean in text'
  return parseTime(text) === undefined ? 'text' : 'time in text'
}

function isNumeric(text: string): boolean {
  return text.trim() !== '' && !Number.isNaN(Number(text))
}

/**
 * The part of a filter that looks at no field of these: what is left matches at least the same events.
 *
 * @example
 * formatFilter(withoutFields(allOf([parseFilter('salt/'), exact('data.retcode', 0)]))) // { prefix: { tag: 'salt/' } }
 */
export function withoutFields(filter: Filter): Filter {
  switch (filter.op) {
    case 'all':
      return allOf(filter.of.map(withoutFields))
    case 'any':
      return anyOf(filter.of.map(withoutFields))
    case 'sql':
      return everything
    default:
      return fieldUses(filter).length === 0 ? filter : everything
  }
}
