import { filterError, quote } from './errors.js'
import { FilterLimits } from './limits.js'

/**
 * What a comparison looks at:
 *
 *   tag (also `subject`) | source | type | kind | <CloudEvents attribute> | data | data.<key>.<key>…
 *
 * In a path a dot within a key is written `\.` and a backslash `\\`; a number also names the element of
 * a list. `data` alone is the whole body.
 */
export type Field =
  | { readonly in: 'tag' | 'source' | 'type' | 'kind' }
  | { readonly in: 'attribute'; readonly name: string }
  | { readonly in: 'data'; readonly path: readonly string[] }

const attributeName = /^[a-z0-9]{1,64}$/

/** The one spelling of a field's name; throws TCN_FILTER_SYNTAX where it is none. */
export function canonicalField(name: string, where: string): string {
  if (name === 'subject') return 'tag'
  if (name === 'data') return name
  if (name.startsWith('data.')) return formatPath(parsePath(name, where))
  if (attributeName.test(name)) return name
  throw filterError('TCN_FILTER_SYNTAX', where, `${quote(name)} is no field; fields are ${FIELDS}`)
}

const FIELDS = 'tag, source, type, kind, a CloudEvents attribute (lower-case letters and digits), data.<path>'

/** Of a canonical name. */
export function parseField(name: string): Field {
  if (name === 'tag' || name === 'source' || name === 'type' || name === 'kind') return { in: name }
  if (name === 'data') return { in: 'data', path: [] }
  if (name.startsWith('data.')) return { in: 'data', path: parsePath(name, name) }
  return { in: 'attribute', name }
}

/** Has every event a text in this field? */
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

function formatPath(path: readonly string[]): string {
  return ['data', ...path.map((key) => key.replace(/[\\.]/g, '\\$&'))].join('.')
}
