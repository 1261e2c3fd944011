import type { Filter } from './ast.js'
import type { Expression } from './cesql/ast.js'
import { atLeast } from './cesql/lower.js'
import { parseGlob } from './fnmatch.js'
import { regexPrefix } from './regex.js'

/** The part of a filter that an index of tag prefixes can use. `Matcher` explains the two fields. */
export interface Anchor {
  readonly prefixes: readonly string[] | undefined
  readonly exact: boolean
}

const unanchored: Anchor = { prefixes: undefined, exact: false }

export function anchorOf(filter: Filter): Anchor {
  switch (filter.op) {
    case 'everything':
      return { prefixes: [''], exact: true }
    case 'nothing':
      return { prefixes: [], exact: true }
    case 'any':
      return anchorOfAny(filter.of.map(anchorOf))
    case 'all':
      return filter.of.map(anchorOf).reduce(intersectPrefixes)
    case 'prefix':
    case 'glob':
    case 'regex':
      return filter.field === 'tag'
        ? anchoredAt(literalPrefix(filter.op, filter.text), filter.op === 'prefix')
        : unanchored
    case 'exact':
      return filter.field === 'tag' ? anchoredAt(String(filter.value), false) : unanchored
    case 'sql':
      return anchorOfSql(filter.expression)
    default:
      return unanchored
  }
}

function anchorOfSql(expression: Expression): Anchor {
  const { prefixes } = anchorOf(atLeast(expression))
  return prefixes?.includes('') ? unanchored : { prefixes, exact: false }
}

function anchoredAt(prefix: string, exact: boolean): Anchor {
  return prefix === '' ? unanchored : { prefixes: [prefix], exact }
}

function literalPrefix(op: 'prefix' | 'glob' | 'regex', text: string): string {
  if (op === 'prefix') return text
  if (op === 'regex') return regexPrefix(text)
  let prefix = ''
  for (const token of parseGlob(text)) {
    if (token.is !== 'literal') break
    prefix += token.character
  }
  return prefix
}

function anchorOfAny(parts: readonly Anchor[]): Anchor {
  const prefixes = parts.flatMap((part) => part.prefixes ?? '')
  if (prefixes.includes('')) return unanchored
  return { prefixes: shortest(prefixes), exact: parts.every((part) => part.exact) }
}

/** The anchor of events that match both. A tag under one prefix of each is under the longer of the two. */
export function intersectPrefixes(a: Anchor, b: Anchor): Anchor {
  if (a.prefixes === undefined) return { prefixes: b.prefixes, exact: false }
  if (b.prefixes === undefined) return { prefixes: a.prefixes, exact: false }
  const [left, right] = [shortest(a.prefixes), shortest(b.prefixes)]
  const prefixes = [...underOneOf(left, right), ...underOneOf(right, left)]
  return { prefixes: shortest(prefixes), exact: a.exact && b.exact }
}

/**
 * Returns true if no tag is under a prefix of both.
 *
 * @example
 * areApart(['salt/job/'], ['host/']) // true
 * areApart(['salt/job/'], ['salt/']) // false
 */
export function areApart(a: Anchor['prefixes'], b: Anchor['prefixes']): boolean {
  return intersectPrefixes({ prefixes: a, exact: true }, { prefixes: b, exact: true }).prefixes?.length === 0
}

function underOneOf(prefixes: readonly string[], roots: readonly string[]): string[] {
  return prefixes.filter((prefix) => roots.some((root) => prefix.startsWith(root)))
}

/** Removes prefixes that begin with another of them, so that every tag is under at most one. */
export function shortest(prefixes: readonly string[]): string[] {
  const kept: string[] = []
  for (const prefix of [...prefixes].sort()) {
    if (kept.length === 0 || !prefix.startsWith(kept[kept.length - 1])) kept.push(prefix)
  }
  return kept
}
