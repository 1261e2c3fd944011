import {
  bodyStart,
  frameBytes,
  frameKind,
  sourceLength,
  sourceStart,
  tagLength,
  tagStart,
} from '../event/frame.js'
import { compilePath, find, kindAt, scalarAt, textLength } from '../event/msgpack/find.js'
import { decodeUtf8 } from '../event/utf8.js'
import type { Filter } from './ast.js'
import { explainSql } from './cesql/explain.js'
import { findAttribute, parseField } from './field.js'
import { FilterLimits } from './limits.js'
import type { CompileOptions } from './matcher.js'
import { derivedAttribute, neverCarried, originOfAttribute, ownAttribute } from './own-attributes.js'

/** The value that a comparison found in an event. */
export interface Seen {
  /** The value; absent if the field is missing or not a single value. Texts are cut to 80 characters. */
  readonly value?: string | number | boolean | null
  /** The same value in words. */
  readonly text: string
}

/** Explains the value that a filter compares. Undefined for combinations. */
export function explainValue(
  filter: Filter,
  bytes: Uint8Array,
  at: number,
  options: CompileOptions,
): Seen | undefined {
  if (filter.op === 'kind') return value(frameKind(bytes, at))
  if (filter.op === 'sql') return explainSql(filter.expression, bytes, at, options)
  if (!('field' in filter)) return undefined
  const field = parseField(filter.field)
  switch (field.in) {
    case 'kind':
      return value(frameKind(bytes, at))
    case 'tag':
      return value(textIn(bytes, tagStart(bytes, at), tagLength(bytes, at)))
    case 'source':
      return value(textIn(bytes, sourceStart(bytes, at), sourceLength(bytes, at)))
    case 'data': {
      const position = find(bytes, bodyStart(bytes, at), at + frameBytes(bytes, at), compilePath(field.path))
      return explainPosition(bytes, position, filter.op)
    }
    case 'type':
      return explainAttribute('type', bytes, at, options, filter.op)
    case 'attribute':
      return explainAttribute(field.name, bytes, at, options, filter.op)
  }
}

function explainAttribute(
  name: string,
  bytes: Uint8Array,
  at: number,
  options: CompileOptions,
  op: Filter['op'],
): Seen {
  const derived = derivedAttribute(name, options)
  if (derived !== undefined) return withOrigin(value(derived(bytes, at)), name, bytes, at, options)
  const position = neverCarried.has(name) ? -1 : findAttribute(bytes, at, compilePath([name]))
  if (position >= 0) return explainPosition(bytes, position, op)
  const own = ownAttribute(name, options)
  return own === undefined ? { text: 'missing' } : value(own(bytes, at))
}

function withOrigin(seen: Seen, name: string, bytes: Uint8Array, at: number, options: CompileOptions): Seen {
  const origin = originOfAttribute(name, bytes, at, options)
  return origin === undefined ? seen : { ...seen, text: `${seen.text} (${origin})` }
}

function explainPosition(bytes: Uint8Array, position: number, op: Filter['op']): Seen {
  if (position < 0) return { text: 'missing' }
  const kind = kindAt(bytes, position)
  const length = textLength(bytes, position)
  if (length > longest(op)) return { text: `a text of ${length} bytes, longer than ${op} looks at` }
  const scalar = scalarAt(bytes, position)
  if (scalar === undefined || scalar instanceof Uint8Array) return { text: articles[kind] ?? kind }
  return typeof scalar === 'bigint' ? { text: `${scalar}` } : value(scalar)
}

const articles: Record<string, string> = {
  array: 'a list',
  map: 'a map',
  bytes: 'bytes',
  ext: 'an extension value',
}

function longest(op: Filter['op']): number {
  if (op === 'contains') return FilterLimits.searchedBytes
  return op === 'glob' || op === 'regex' ? FilterLimits.patternedBytes : Number.POSITIVE_INFINITY
}

function value(seen: string | number | boolean | null | undefined): Seen {
  if (seen === undefined) return { text: 'missing' }
  if (typeof seen !== 'string') return { value: seen, text: String(seen) }
  const short = seen.length <= 80 ? seen : `${seen.slice(0, 79)}…`
  return { value: short, text: JSON.stringify(short) }
}

function textIn(bytes: Uint8Array, start: number, length: number): string {
  return decodeUtf8(bytes, start, start + length)
}
