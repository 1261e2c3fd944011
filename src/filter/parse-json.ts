import { isObject } from '../event/json/object.js'
import { severityOfValue } from '../event/severity.js'
import {
  allOf,
  anyOf,
  exact,
  type Filter,
  grep,
  kindMask,
  not,
  type Scalar,
  type TextOp,
  text,
} from './ast.js'
import { type NodeBudget, parseSql } from './cesql/parser.js'
import { filterError, quote } from './errors.js'
import { canonicalField, isAlwaysText } from './field.js'
import { checkText, FilterLimits } from './limits.js'
import { compileRegex } from './regex.js'
import { regexClasses } from './regex-classes.js'
import { regexSize } from './regex-size.js'

/**
 * Reads the JSON form: an object with one key, the dialect.
 *
 *   { "exact": { "<field>": <text, number, boolean or null>, … } }    the same value
 *   { "prefix" | "suffix" | "contains" | "glob" | "regex": { "<field>": "<text>", … } }
 *   { "kind": <mask> }                                                at least one common bit
 *   { "grep": "<words>" }                                             words in the tag or any text of the body
 *   { "grep": { "words" | "part" | "pattern": "<text>", "ignoreCase": <boolean> } }
 *   { "sql": "<condition>" }                                          CloudEvents SQL 1.0, see cesql/
 *   { "all": [<filter>, …] }   { "any": [<filter>, …] }   { "not": <filter> }
 *
 * All fields of one comparison must match. `{}` and `{ "all": [] }` match every event, and `{ "any": [] }`
 * matches none. field.ts lists the fields. A missing field matches no comparison, so a `not` around a
 * comparison also matches the events without the field.
 *
 * Regular expressions are added to `regexes`, and checked by `checkRegexes` when all else about the filter is known.
 */
export function parseJson(value: unknown, regexes: WrittenRegex[], where = 'filter'): Filter {
  return readFilter(value, where, 0, { parts: FilterLimits.parts, nodes: FilterLimits.sqlNodes, regexes })
}

/** A regular expression, and where it is in the filter. */
export interface WrittenRegex {
  readonly pattern: string
  readonly where: string
}

/** Compiling takes long, so that what is refused without it should be refused before. */
export function checkRegexes(regexes: readonly WrittenRegex[]): void {
  let classes = 0
  for (const { pattern, where } of regexes) {
    classes += regexClasses(pattern)
    if (classes <= FilterLimits.regexClasses) continue
    const message = `more than ${FilterLimits.regexClasses} classes of Unicode characters, such as \\p{L}`
    throw filterError('TCN_FILTER_TOO_COMPLEX', where, message)
  }
  for (const { pattern, where } of regexes) compileRegex(pattern, where)
}

interface Budget extends NodeBudget {
  parts: number
  readonly regexes: WrittenRegex[]
}

function readFilter(value: unknown, where: string, depth: number, budget: Budget): Filter {
  if (depth > FilterLimits.depth) {
    throw filterError('TCN_FILTER_TOO_COMPLEX', where, `nested deeper than ${FilterLimits.depth}`)
  }
  spend(budget, where)
  const dialects = Object.keys(expectObject(value, where))
  if (dialects.length === 0) return allOf([])
  const [dialect] = dialects
  if (dialects.length > 1) {
    const several = dialects.slice(0, 3).map(quote).join(', ')
    throw filterError(
      'TCN_FILTER_SYNTAX',
      where,
      `one key is expected, not ${several}; join filters with all or any`,
    )
  }
  return readDialect(dialect, (value as Record<string, unknown>)[dialect], where, depth, budget)
}

function readDialect(dialect: string, value: unknown, outer: string, depth: number, budget: Budget): Filter {
  const where = `${outer}.${dialect}`
  switch (dialect) {
    case 'all':
      return allOf(readList(value, where, depth, budget))
    case 'any':
      return anyOf(readList(value, where, depth, budget))
    case 'not':
      return not(readFilter(value, where, depth + 1, budget))
    case 'exact':
      return readFields(value, where, budget, readExact)
    case 'prefix':
    case 'suffix':
    case 'contains':
    case 'glob':
    case 'regex':
      return readFields(value, where, budget, (field, wanted, at) =>
        readText(dialect, field, wanted, at, budget),
      )
    case 'kind':
      return kindMask(expectKind(value, where))
    case 'grep':
      return readGrep(value, where, budget)
    case 'sql':
      return readSql(value, where, depth, budget)
    default:
      throw filterError(
        'TCN_FILTER_SYNTAX',
        'filter',
        `${quote(dialect)} is no dialect; dialects are ${DIALECTS}`,
      )
  }
}

const DIALECTS = 'exact, prefix, suffix, contains, glob, regex, grep, kind, sql, all, any, not'

function readList(value: unknown, where: string, depth: number, budget: Budget): Filter[] {
  if (!Array.isArray(value))
    throw filterError('TCN_FILTER_SYNTAX', where, `expected a list, got ${quote(value)}`)
  if (value.length > budget.parts) throw tooManyParts(where)
  return value.map((part, index) => readFilter(part, `${where}[${index}]`, depth + 1, budget))
}

function readSql(value: unknown, where: string, depth: number, budget: Budget): Filter {
  const { filter, parts } = parseSql(expectText(value, where), where, FilterLimits.depth - depth, budget)
  if (parts > budget.parts) throw tooManyParts(where)
  budget.parts -= parts
  return filter
}

function readGrep(value: unknown, where: string, { regexes }: Budget): Filter {
  if (typeof value === 'string') return grep('words', searched(value, where))
  const { ignoreCase = false, ...wanted } = expectObject(value, where)
  const [as, ...others] = Object.keys(wanted)
  if (others.length > 0 || !isSearch(as))
    throw filterError('TCN_FILTER_SYNTAX', where, `one of ${SEARCHES.join(', ')} is expected`)
  if (typeof ignoreCase !== 'boolean')
    throw filterError('TCN_FILTER_SYNTAX', where, `ignoreCase is true or false, not ${quote(ignoreCase)}`)
  const text = searched(wanted[as], `${where}.${as}`)
  if (as === 'pattern') {
    regexSize(text, where)
    regexes.push({ pattern: text, where })
  }
  return grep(as, text, ignoreCase)
}

const SEARCHES = ['words', 'part', 'pattern'] as const

function isSearch(as: string | undefined): as is (typeof SEARCHES)[number] {
  return SEARCHES.some((search) => search === as)
}

function searched(value: unknown, where: string): string {
  const text = expectText(value, where)
  if (text === '') throw filterError('TCN_FILTER_SYNTAX', where, 'text is expected')
  checkText(text, FilterLimits.patternBytes, where)
  return text
}

type ReadField = (field: string, value: unknown, where: string) => Filter

function readFields(value: unknown, where: string, budget: Budget, read: ReadField): Filter {
  const names = Object.keys(expectObject(value, where))
  if (names.length === 0) throw filterError('TCN_FILTER_SYNTAX', where, 'a field is expected')
  return allOf(
    names.map((name) => {
      spend(budget, where)
      checkText(name, FilterLimits.literalBytes, where)
      const at = `${where}.${name}`
      return read(canonicalField(name, at), (value as Record<string, unknown>)[name], at)
    }),
  )
}

function readText(op: TextOp, field: string, value: unknown, where: string, { regexes }: Budget): Filter {
  if (field === 'kind')
    throw filterError('TCN_FILTER_SYNTAX', where, 'kind is a number; use exact or the dialect kind')
  const wanted = expectText(value, where)
  if (op !== 'regex') checkNotEmpty(field, wanted, where)
  const pattern = op === 'glob' || op === 'regex'
  checkText(wanted, pattern ? FilterLimits.patternBytes : FilterLimits.literalBytes, where)
  if (op === 'regex') {
    regexSize(wanted, where)
    regexes.push({ pattern: wanted, where })
  }
  return text(op, field, wanted)
}

function readExact(field: string, value: unknown, where: string): Filter {
  if (field === 'kind') return exact(field, expectKind(value, where))
  if (isAlwaysText(field)) {
    const wanted = literal(value, where)
    checkNotEmpty(field, wanted, where)
    return exact(field, wanted)
  }
  const scalar = expectScalar(value, where)
  // Over HTTP all attributes are text, so they are compared as text.
  if (!field.startsWith('data.') && field !== 'data') {
    const text = literal(attributeText(scalar, where), where)
    return exact(field, field === 'severity' ? (severityOfValue(text) ?? text) : text)
  }
  return exact(field, typeof scalar === 'string' ? literal(scalar, where) : scalar)
}

/** A tag or type is never empty, so such a comparison is a mistake; the CloudEvents Subscriptions API forbids it too. */
function checkNotEmpty(field: string, wanted: string, where: string): void {
  if (wanted === '' && (field === 'tag' || field === 'type'))
    throw filterError('TCN_FILTER_SYNTAX', where, `text is expected: a ${field} is never empty`)
}

function attributeText(value: Scalar, where: string): string {
  if (value === null) throw filterError('TCN_FILTER_SYNTAX', where, 'an attribute is never null')
  return String(value)
}

function literal(value: unknown, where: string): string {
  const wanted = expectText(value, where)
  checkText(wanted, FilterLimits.literalBytes, where)
  return wanted
}

function expectObject(value: unknown, where: string): Record<string, unknown> {
  if (isObject(value)) {
    const prototype = Object.getPrototypeOf(value)
    if (prototype === Object.prototype || prototype === null) return value
  }
  throw filterError('TCN_FILTER_SYNTAX', where, `expected an object, got ${quote(value)}`)
}

function expectText(value: unknown, where: string): string {
  if (typeof value === 'string') return value
  throw filterError('TCN_FILTER_SYNTAX', where, `expected text, got ${quote(value)}`)
}

function expectScalar(value: unknown, where: string): Scalar {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value !== 'number') {
    throw filterError(
      'TCN_FILTER_SYNTAX',
      where,
      `expected text, number, boolean or null, got ${quote(value)}`,
    )
  }
  if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
    throw filterError('TCN_FILTER_SYNTAX', where, `${value} has no exact value; the limit is 2^53`)
  }
  return value
}

function expectKind(value: unknown, where: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff) return value
  throw filterError('TCN_FILTER_SYNTAX', where, `expected a number from 0 to 4294967295, got ${quote(value)}`)
}

function spend(budget: Budget, where: string): void {
  if (budget.parts-- === 0) throw tooManyParts(where)
}

function tooManyParts(where: string): Error {
  return filterError('TCN_FILTER_TOO_COMPLEX', where, `more than ${FilterLimits.parts} parts`)
}
