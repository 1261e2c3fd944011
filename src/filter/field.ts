import { attributesLength, attributesStart } from '../event/frame.js'
import { find, type PathStep } from '../event/msgpack/find.js'
import { filterError, quote } from './errors.js'
import { FilterLimits } from './limits.js'

/**
 * The field of an event that a comparison tests:
 *
 *   tag (also `subject`) | source | type | kind | <CloudEvents attribute> | data | data.<key>.<key>…
 *
 * In a path, a dot within a key is written `\.` and a backslash `\\`. A number can also be the index of a list
 * element. `data` alone is the whole body.
 */
export type Field =
  | { readonly in: 'tag' | 'source' | 'type' | 'kind' }
  | { readonly in: 'attribute'; readonly name: string }
  | { readonly in: 'data'; readonly path: readonly string[] }

const attributeName = /^[a-z0-9]{1,64}$/

/** The canonical name of a field. Throws TCN_FILTER_SYNTAX if there is no such field. */
export function canonicalField(name: string, where: string): string {
  if (name === 'subject') return 'tag'
  if (name === 'data') return name
  if (name.startsWith('data.')) return formatPath(parsePath(name, where))
  if (attributeName.test(name)) return name
  throw filterError('TCN_FILTER_SYNTAX', where, `${quote(name)} is no field; fields are ${FIELDS}`)
}

const FIELDS = 'tag, source, type, kind, a CloudEvents attribute (lower-case letters and digits), data.<path>'

/** Reads a canonical name. */
export function parseField(name: string): Field {
  if (name === 'tag' || name === 'source' || name === 'type' || name === 'kind') return { in: name }
  if (name === 'data') return { in: 'data', path: [] }
  if (name.startsWith('data.')) return { in: 'data', path: parsePath(name, name) }
  return { in: 'attribute', name }
}

/** Returns whether every event has text in this field. */
export function isAlwaysText(name: string): boolean {
  return name === 'tag' || name === 'source' || name === 'type'
}

function parsePath(name: string, where: string): string[] {
  const path: string[] = []
  let segment = ''
  for (let at = 'data.'.length; at < name.length; at++) {
    const character = name[at]
    if (character === '\\' && (name[at + 1] === '.' || name[at + 1] === '\\')) segment += name[++at]
    else if (character === '.') {
      path.push(segment)
      segment = ''
    } else segment += character
  }
  path.push(segment)
  if (path.includes('')) {
    throw filterError(
      'TCN_FILTER_SYNTAX',
      where,
      `${quote(name)} has an empty key; a dot within a key is written \\.`,
    )
  }
  if (path.length > FilterLimits.pathKeys) {
    throw filterError('TCN_FILTER_TOO_COMPLEX', where, `a path has at most ${FilterLimits.pathKeys} keys`)
  }
  return path
}

export function formatPath(path: readonly string[]): string {
  return ['data', ...path.map((key) => key.replace(/[\\.]/g, '\\$&'))].join('.')
}

/** Offset of the attribute's value in the frame, -1 if the frame does not carry it. */
export function findAttribute(bytes: Uint8Array, at: number, path: readonly PathStep[]): number {
  const length = attributesLength(bytes, at)
  if (length === 0) return -1
  const start = attributesStart(bytes, at)
  return find(bytes, start, start + length, path)
}
