import { TocsinError } from '../../../errors/tocsin-error.js'
import { compareText, quoted, quotedAscii } from './python-text.js'

/** Options of Python's `json.dumps`. */
export interface JsonOptions {
  sortKeys?: boolean
  /** Spaces per level; default: everything on one line. */
  indent?: number
  ensureAscii?: boolean
}

/** A key of a map: the value by which Python compares it, and its text in JSON. */
export interface Key {
  order: string | number | bigint | null
  text: string
}

interface Member {
  key: Key
  text: string
}

/** The members of a map. As in a dict, a repeated key keeps its first place and has the last value. */
export type Members = Map<Key['order'], Member>

/** Deeper than Salt's own decoder accepts. */
const MAX_DEPTH = 512

/** Formats maps and lists. */
export class JsonLayout {
  readonly quoted: (text: string) => string
  readonly #sortKeys: boolean
  readonly #indent: number | undefined

  constructor({ sortKeys = false, indent, ensureAscii = false }: JsonOptions) {
    this.quoted = ensureAscii ? quotedAscii : quoted
    this.#sortKeys = sortKeys
    this.#indent = indent
  }

  checkDepth(depth: number): void {
    if (depth > MAX_DEPTH) throw new TocsinError('TCN_BODY_DEPTH')
  }

  add(members: Members, key: Key, text: string): void {
    const same = members.get(key.order)
    if (same === undefined) members.set(key.order, { key, text })
    else same.text = text
  }

  map(members: Members, depth: number): string {
    const all = [...members.values()]
    if (this.#sortKeys) all.sort((a, b) => compareKeys(a.key.order, b.key.order))
    return this.#container(
      all.map(({ key, text }) => `${this.quoted(key.text)}: ${text}`),
      '{}',
      depth,
    )
  }

  list(items: readonly string[], depth: number): string {
    return this.#container(items, '[]', depth)
  }

  #container(items: readonly string[], brackets: string, depth: number): string {
    if (items.length === 0) return brackets
    const [open, close] = brackets
    if (this.#indent === undefined) return `${open}${items.join(', ')}${close}`
    const line = `\n${' '.repeat(this.#indent * depth)}`
    const inner = line + ' '.repeat(this.#indent)
    return `${open}${inner}${items.join(`,${inner}`)}${line}${close}`
  }
}

/** Python refuses to sort keys of different types; this puts None first, then numbers, then text. */
function compareKeys(a: Key['order'], b: Key['order']): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  if (a === null || b === null || typeof a === 'string' || typeof b === 'string') return rank(a) - rank(b)
  return a < b ? -1 : Number(a > b)
}

function rank(order: Key['order']): number {
  if (order === null) return 0
  return typeof order === 'string' ? 2 : 1
}
