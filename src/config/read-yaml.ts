import {
  type Document,
  isMap,
  isNode,
  isScalar,
  Lexer,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
  type YAMLParseError,
} from 'yaml'
import type { KeyPath } from '../event/json/key-path.js'
import type { ConfigProblem } from './problem.js'

const MAX_ALIASES = 100
/** The library needs much time for each. */
const MAX_ANCHORS = 1000
/** Levels of nesting, each of which takes a bracket, a sign such as `-`, or a space before its line. */
const MAX_DEPTH = 200
/** The word before the text of a scalar. */
const SCALAR = '\x1f'
/** Texts whose content is known: that in force, and those that are compared with it. */
const KEPT_TEXTS = 3
/** Longer texts are not kept but read again, since their parsed form takes much memory. */
const KEPT_LENGTH = 256 * 1024

export interface TextPosition {
  line: number
  column: number
}

export interface YamlFile {
  /** Maps, arrays and scalars. A key without a value is left out, so that it gets its default. */
  value: unknown
  problems: ConfigProblem[]
  /**
   * The place of the value at a path, or of the innermost node around it. With `key`, the place of its key.
   */
  locate(path: KeyPath, what: 'key' | 'value'): TextPosition
}

const kept = new Map<string, YamlFile>()

/** Reads a text in a time that grows with its length. Nobody may change the value, since it is given out again. */
export function readYaml(text: string): YamlFile {
  const known = kept.get(text)
  kept.delete(text)
  const file = known ?? readText(text)
  if (text.length <= KEPT_LENGTH) kept.set(text, file)
  for (const oldest of kept.keys()) if (kept.size > KEPT_TEXTS) kept.delete(oldest)
  return file
}

/**
 * Reads words only: before anything else looks at a text, it must be known that it has few anchors, and is not nested so
 * deeply that the library runs out of stack. To compile a regular expression there ends the process.
 */
function checkWords(text: string): void {
  let [anchors, brackets, indicators, spaces] = [0, 0, 0, 0]
  let before = ''
  for (const word of new Lexer().lex(text)) {
    if (before !== SCALAR) {
      if (word.endsWith('\n')) [indicators, spaces] = [0, 0]
      else if (before.endsWith('\n') && word.startsWith(' ')) spaces = word.length
      else if (word === '[' || word === '{') brackets++
      else if (word === ']' || word === '}') brackets = Math.max(0, brackets - 1)
      else if (word === '-' || word === '?' || (word === ':' && brackets === 0)) indicators++
      else if (word.startsWith('&')) anchors++
    }
    before = word
    if (anchors > MAX_ANCHORS) throw new Error(`it has more than ${MAX_ANCHORS} anchors`)
    if (brackets + indicators + spaces > MAX_DEPTH) throw new Error('it is nested too deeply')
  }
}

interface YamlTree {
  readonly document: Document
  readonly lines: LineCounter
}

function parse(text: string): YamlTree {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    strict: true,
    // The library would compare each key with all others.
    uniqueKeys: false,
  })
  return { document, lines }
}

function readText(text: string): YamlFile {
  checkWords(text)
  const { document, lines } = parse(text)
  const problems = [
    ...[...withoutConsequences(document.errors), ...document.warnings].map(({ pos: [offset], message }) => ({
      offset,
      message: isField(text, offset) ? `${message}; ${QUOTES}` : message,
    })),
    ...forbiddenKeys(document),
    ...repeatedKeys(document),
  ].map(({ offset, message }) => ({ ...positionAt(lines, offset), key: '', message }))
  const value = problems.length > 0 ? undefined : withoutNulls(document.toJS({ maxAliasCount: MAX_ALIASES }))
  return { value, problems, locate: locator(text, { document, lines }) }
}

/** The tree is ten times as large as its text, so it is kept only while it is used, and made again when needed. */
function locator(text: string, first: YamlTree): YamlFile['locate'] {
  let kept = new WeakRef(first)
  return (path, what) => {
    const tree = kept.deref() ?? parse(text)
    kept = new WeakRef(tree)
    return positionAt(tree.lines, offsetOf(tree.document, path, what))
  }
}

/** After the first token at a wrong place, the parser finds others that are not. */
function withoutConsequences(errors: readonly YAMLParseError[]): YAMLParseError[] {
  const first = errors.find(({ code }) => code === 'UNEXPECTED_TOKEN')
  return errors.filter((error) => error === first || error.code !== 'UNEXPECTED_TOKEN')
}

const QUOTES = `a text with \${…} within braces or brackets needs quotes`

function isField(text: string, offset: number): boolean {
  return text.slice(offset - 1, offset + 1) === '${'
}

/** A key with a special meaning in JavaScript would be lost silently. */
function forbiddenKeys(document: Document): { offset: number; message: string }[] {
  const found: { offset: number; message: string }[] = []
  visit(document, {
    Pair(_, { key }) {
      if (isScalar(key) && key.value === '__proto__') {
        found.push({ offset: startOf(key) ?? 0, message: '__proto__ is not allowed as a key' })
      }
    },
  })
  return found
}

function repeatedKeys(document: Document): { offset: number; message: string }[] {
  const found: { offset: number; message: string }[] = []
  visit(document, {
    Map(_, { items }) {
      const known = new Set<unknown>()
      for (const { key } of items) {
        if (!isScalar(key) || key.value === '<<') continue
        if (known.has(key.value))
          found.push({ offset: startOf(key) ?? 0, message: 'Map keys must be unique' })
        known.add(key.value)
      }
    },
  })
  return found
}

function positionAt(lines: LineCounter, offset: number): TextPosition {
  const { line, col } = lines.linePos(offset)
  return { line: Math.max(1, line), column: Math.max(1, col) }
}

function offsetOf(document: Document, path: KeyPath, what: 'key' | 'value'): number {
  let node: unknown = document.contents
  let offset = startOf(node) ?? 0
  path.forEach((part, depth) => {
    const { key, value } = child(node, part)
    const wantsKey = what === 'key' && depth === path.length - 1
    offset = (wantsKey ? startOf(key) : startOf(value)) ?? startOf(key) ?? offset
    node = value
  })
  return offset
}

const pairsOfMap = new WeakMap<YAMLMap, Map<string, Pair>>()

function pairsOf(map: YAMLMap): Map<string, Pair> {
  const known = pairsOfMap.get(map)
  if (known !== undefined) return known
  const pairs = new Map(
    map.items.flatMap((pair) => (isScalar(pair.key) ? [[String(pair.key.value), pair]] : [])),
  )
  pairsOfMap.set(map, pairs)
  return pairs
}

function child(node: unknown, part: string | number): { key?: unknown; value?: unknown } {
  if (isMap(node)) {
    const pair = pairsOf(node).get(String(part))
    return { key: pair?.key, value: pair?.value }
  }
  const items = (node as { items?: unknown[] } | null | undefined)?.items
  return { value: typeof part === 'number' ? items?.[part] : undefined }
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? (node as Node).range?.[0] : undefined
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([, entry]) => entry !== null)
  return Object.fromEntries(kept.map(([key, entry]) => [key, withoutNulls(entry)]))
}
