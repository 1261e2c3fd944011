import {
  attributesLength,
  attributesStart,
  bodyStart,
  frameBytes,
  frameKind,
  frameTime,
  sourceLength,
  sourceStart,
  tagLength,
  tagStart,
} from '../../event/frame.js'
import { compilePath, find, scalarAt } from '../../event/msgpack/find.js'
import { formatTime } from '../../event/position.js'
import { segmentsEnd } from '../../event/segments.js'
import { decodeUtf8 } from '../../event/utf8.js'
import { canonicalField, parseField } from '../../filter/field.js'
import type { CompileOptions, TypeOf } from '../../filter/index.js'
import { derivedAttribute } from '../../filter/own-attributes.js'
import type { ChunkSummary } from '../../log/event-log.js'
import type { Facets, FieldValue } from '../contract/index.js'
import type { Count } from './count.js'
import { withoutSlash } from './prefix.js'

export interface FieldReader {
  /** Canonical name of the field. */
  readonly name: string
  /** The list in a chunk's summary that counts its values. */
  readonly list: CountedList | undefined
  /** Returns the value that `read` has for events that the list counts under a value; default: that value. */
  fromList?(listed: string): string
  /** The most frequent values, if they are not simply those that were read. */
  top?(count: Count, most: number): Facets['values']
  read(bytes: Uint8Array, at: number): FieldValue | undefined
}

export type CountedList = keyof Pick<ChunkSummary, 'types' | 'sources' | 'prefixes'>

/** Longer texts are truncated to this length. */
const MAX_SHOWN_LENGTH = 256

/** Reads a field by its name in filters; of a tag, only the first two segments. Throws TCN_FILTER_SYNTAX. */
export function fieldReader(name: string, options: CompileOptions): FieldReader {
  const canonical = canonicalField(name, 'field')
  const field = parseField(canonical)
  switch (field.in) {
    case 'tag':
      return { name: canonical, list: 'prefixes', fromList: withoutSlash, read: tagPrefix }
    case 'source':
      return { name: canonical, list: 'sources', read: source }
    case 'type':
      return { name: canonical, list: 'types', read: type(options.typeOf) }
    case 'kind':
      return { name: canonical, list: undefined, read: frameKind }
    case 'attribute':
      return {
        name: canonical,
        list: undefined,
        read: derivedAttribute(field.name, options) ?? attribute(field.name),
      }
    case 'data':
      return { name: canonical, list: undefined, read: data(field.path) }
  }
}

function tagPrefix(bytes: Uint8Array, at: number): string {
  const start = tagStart(bytes, at)
  const end = start + tagLength(bytes, at)
  const prefix = segmentsEnd(bytes, start, end, 2)
  return decodeUtf8(bytes, start, prefix < 0 ? end : prefix - 1)
}

function source(bytes: Uint8Array, at: number): string {
  const start = sourceStart(bytes, at)
  return decodeUtf8(bytes, start, start + sourceLength(bytes, at))
}

function type(typeOf: TypeOf): FieldReader['read'] {
  const given = attribute('type')
  return (bytes, at) => {
    const value = given(bytes, at)
    if (typeof value === 'string') return value
    const start = tagStart(bytes, at)
    return typeOf(decodeUtf8(bytes, start, start + tagLength(bytes, at)))
  }
}

function attribute(name: string): FieldReader['read'] {
  const path = compilePath([name])
  return (bytes, at) => {
    const start = attributesStart(bytes, at)
    const length = attributesLength(bytes, at)
    const position = length === 0 ? -1 : find(bytes, start, start + length, path)
    if (position >= 0) return valueAt(bytes, position)
    return name === 'time' ? formatTime(frameTime(bytes, at)) : undefined
  }
}

function data(names: readonly string[]): FieldReader['read'] {
  const path = compilePath(names)
  return (bytes, at) => {
    const position = find(bytes, bodyStart(bytes, at), at + frameBytes(bytes, at), path)
    return position < 0 ? undefined : valueAt(bytes, position)
  }
}

function valueAt(bytes: Uint8Array, position: number): FieldValue | undefined {
  const value = scalarAt(bytes, position)
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'string')
    return value.length > MAX_SHOWN_LENGTH ? `${value.slice(0, MAX_SHOWN_LENGTH - 1)}…` : value
  return value instanceof Uint8Array ? undefined : value
}
