import type { Filter } from './ast.js'
import { parseGlob } from './fnmatch.js'
import { regexPrefix } from './regex.js'

/** What an index of tag prefixes can say about a filter. See Matcher for the meaning of the two. */
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
      return anchorOfAll(filter.of.map(anchorOf))
    case 'prefix':
    case 'glob':
    case 'regex':
      return filter.field === 'tag'
        ? anchoredAt(literalPrefix(filter.op, filter.text), filter.op === 'prefix')
        : unanchored
    case 'exact':
      return filter.field === 'tag' ? anchoredAt(String(filter.value), false) : unanchored
    default:
      return unanchored
  }
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

/** The part that lets the fewest events through, judged by the length of its prefixes. */
function anchorOfAll(parts: readonly Anchor[]): Anchor {
  let best: readonly string[] | undefined
  for (const { prefixes } of parts) {
    if (prefixes !== undefined && (best === undefined || leastLength(prefixes) > leastLength(best)))
      best = prefixes
  }
  return { prefixes: best, exact: false }
}

function leastLength(prefixes: readonly string[]): number {
  return Math.min(...prefixes.map((prefix) => prefix.length))
}

/** Without those that begin with another of them, so that a tag is under at most one. */
export function shortest(prefixes: readonly string[]): string[] {
  const kept: string[] = []
  for (const prefix of [...prefixes].sort()) {
    if (kept.length === 0 || !prefix.startsWith(kept[kept.length - 1])) kept.push(prefix)
  }
  return kept
}
