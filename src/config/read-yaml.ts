import {
  type Document,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLParseError,
} from 'yaml'
import type { ConfigProblem, KeyPath } from './problem.js'

const MAX_ALIASES = 100

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

export function readYaml(text: string): YamlFile {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    strict: true,
    uniqueKeys: true,
  })
  const problems = [
    ...[...withoutConsequences(document.errors), ...document.warnings].map(({ pos: [offset], message }) => ({
      offset,
      message: isField(text, offset) ? `${message}; ${QUOTES}` : message,
    })),
    ...forbiddenKeys(document),
  ].map(({ offset, message }) => ({ ...positionAt(lines, offset), key: '', message }))
  const value = problems.length > 0 ? undefined : withoutNulls(document.toJS({ maxAliasCount: MAX_ALIASES }))
  return {
    value,
    problems,
    locate: (path, what) => positionAt(lines, offsetOf(document, path, what)),
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

function child(node: unknown, part: string | number): { key?: unknown; value?: unknown } {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part))
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
