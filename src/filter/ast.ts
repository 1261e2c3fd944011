import type { Expression } from './cesql/ast.js'
import { formatExpression } from './cesql/format.js'
import { isAlwaysText } from './field.js'
import { type GlobToken, parseGlob } from './fnmatch.js'

/** A filter, frozen. The functions below make filters and keep them in their one canonical form. */
export type Filter =
  | { readonly op: 'everything' }
  | { readonly op: 'nothing' }
  | TextFilter
  | ExactFilter
  | KindFilter
  | GrepFilter
  | SqlFilter
  | { readonly op: 'all' | 'any'; readonly of: readonly Filter[] }
  | { readonly op: 'not'; readonly of: Filter }

export type TextOp = 'prefix' | 'suffix' | 'contains' | 'glob' | 'regex'
export type Scalar = string | number | boolean | null

/** A comparison of text. A field that is missing or not text does not match. */
export interface TextFilter {
  readonly op: TextOp
  readonly field: string
  readonly text: string
}

/**
 * Matches the same value. Integers and floats are compared by value. A missing field matches nothing, not
 * even null.
 */
export interface ExactFilter {
  readonly op: 'exact'
  readonly field: string
  readonly value: Scalar
}

/** Matches if the event's kind has at least one bit of the mask. */
export interface KindFilter {
  readonly op: 'kind'
  readonly mask: number
}

/** A search in the tag and in every text of the body, but not in keys, numbers and bytes. */
export interface GrepFilter {
  readonly op: 'grep'
  /** Whole words, any part of a text, or a regular expression. */
  readonly as: 'words' | 'part' | 'pattern'
  readonly text: string
  readonly ignoreCase: boolean
}

/** A condition in CloudEvents SQL. It matches if the result is true and nothing failed during evaluation. */
export interface SqlFilter {
  readonly op: 'sql'
  /** The canonical text. */
  readonly text: string
  readonly expression: Expression
}

export const everything: Filter = Object.freeze({ op: 'everything' })
export const nothing: Filter = Object.freeze({ op: 'nothing' })

/**
 * A filter for events whose field has this value.
 *
 * @example
 * formatFilter(exact('data.retcode', 0)) // { exact: { 'data.retcode': 0 } }
 */
export function exact(field: string, value: Scalar): Filter {
  // JSON does not preserve minus zero.
  return Object.freeze({ op: 'exact', field, value: value === 0 ? 0 : value })
}

/**
 * A filter for notifications of which the kind has a bit of the mask.
 *
 * @example
 * formatFilter(kindMask(5)) // { kind: 5 }
 */
export function kindMask(mask: number): Filter {
  return Object.freeze({ op: 'kind', mask })
}

export function grep(as: GrepFilter['as'], text: string, ignoreCase = false): Filter {
  return Object.freeze({ op: 'grep', as, text, ignoreCase })
}

/** Keeps the condition as SQL. `parseSql` turns what it can into other filters. */
export function sql(expression: Expression): Filter {
  return Object.freeze({ op: 'sql', text: formatExpression(expression), expression })
}

export function text(op: TextOp, field: string, value: string): Filter {
  if (op === 'glob') return glob(field, value)
  if (value === '' && isAlwaysText(field)) return everything
  // Every text begins with the empty text, contains it and ends with it.
  return Object.freeze({ op: value === '' ? 'prefix' : op, field, text: value })
}

/** A glob that is equivalent to a prefix, suffix, substring or exact comparison becomes that comparison. */
function glob(field: string, pattern: string): Filter {
  const tokens = parseGlob(pattern)
  const stars = tokens.filter((token) => token.is === 'star').length
  if (tokens.every((token) => token.is === 'literal' || token.is === 'star')) {
    const first = tokens[0]?.is === 'star'
    const last = tokens.at(-1)?.is === 'star'
    if (stars === 0) return exact(field, literalText(tokens))
    if (stars === 1 && last) return text('prefix', field, literalText(tokens))
    if (stars === 1 && first) return text('suffix', field, literalText(tokens))
    if (stars === 2 && first && last) return text('contains', field, literalText(tokens))
  }
  return Object.freeze({ op: 'glob', field, text: tokens.map((token) => token.text).join('') })
}

function literalText(tokens: readonly GlobToken[]): string {
  return tokens.map((token) => (token.is === 'literal' ? token.character : '')).join('')
}

/**
 * A filter for events that match all of these.
 *
 * @example
 * filterKey(allOf([parseFilter('salt/'), kindMask(5)])) // '{"all":[{"kind":5},{"prefix":{"tag":"salt/"}}]}'
 */
export function allOf(filters: readonly Filter[]): Filter {
  return combine('all', filters, everything, nothing)
}

/**
 * A filter for events that match at least one of these.
 *
 * @example
 * filterKey(anyOf([parseFilter('salt/'), kindMask(5)])) // '{"any":[{"kind":5},{"prefix":{"tag":"salt/"}}]}'
 */
export function anyOf(filters: readonly Filter[]): Filter {
  return combine('any', filters, nothing, everything)
}

/**
 * A filter for events that do not match.
 *
 * @example
 * formatFilter(not(kindMask(5))) // { not: { kind: 5 } }
 */
export function not(filter: Filter): Filter {
  if (filter.op === 'not') return filter.of
  if (filter.op === 'everything') return nothing
  if (filter.op === 'nothing') return everything
  return Object.freeze({ op: 'not', of: filter })
}

/** `neutral` has no effect within the combination, and `decisive` decides its result. */
function combine(op: 'all' | 'any', filters: readonly Filter[], neutral: Filter, decisive: Filter): Filter {
  const parts = new Map<string, Filter>()
  for (const filter of filters) {
    if (filter.op === decisive.op) return decisive
    if (filter.op === neutral.op) continue
    for (const part of filter.op === op ? filter.of : [filter]) parts.set(filterKey(part), part)
  }
  if (parts.size === 0) return neutral
  const sorted = [...parts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, part]) => part)
  return sorted.length === 1 ? sorted[0] : Object.freeze({ op, of: Object.freeze(sorted) })
}

/** The JSON form of a filter: an object with exactly one key. */
export type FilterJson = { readonly [dialect: string]: unknown }

/**
 * The canonical JSON form. `parseFilter` reads it back to an equal filter.
 *
 * @example
 * formatFilter(parseFilter('salt/*')) // { prefix: { tag: 'salt/' } }
 */
export function formatFilter(filter: Filter): FilterJson {
  switch (filter.op) {
    case 'everything':
      return { all: [] }
    case 'nothing':
      return { any: [] }
    case 'all':
    case 'any':
      return { [filter.op]: filter.of.map(formatFilter) }
    case 'not':
      return { not: formatFilter(filter.of) }
    case 'kind':
      return { kind: filter.mask }
    case 'sql':
      return { sql: filter.text }
    case 'grep':
      return { grep: formatGrep(filter) }
    case 'exact':
      return { exact: { [filter.field]: filter.value } }
    default:
      return { [filter.op]: { [filter.field]: filter.text } }
  }
}

function formatGrep({ as, text, ignoreCase }: GrepFilter): unknown {
  if (as === 'words' && !ignoreCase) return text
  return { [as]: text, ...(ignoreCase && { ignoreCase }) }
}

/**
 * The canonical text. Filters with the same key match the same events.
 *
 * @example
 * filterKey(parseFilter('salt/*')) === filterKey(parseFilter('salt/')) // true
 */
export function filterKey(filter: Filter): string {
  return JSON.stringify(formatFilter(filter))
}
