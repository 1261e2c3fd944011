import { isDeepStrictEqual } from 'node:util'
import { Document, isAlias, isMap, isScalar, isSeq, parseDocument, type Scalar } from 'yaml'
import { messageOf } from '../../errors/thrown.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import { APPEND, formatKey, type KeyPath } from '../../event/json/key-path.js'
import { own } from '../../event/json/object.js'

/** A change of one key: it gets the value, or is deleted. */
export type Edit = { path: KeyPath; value: unknown } | { path: KeyPath; delete: true }

/**
 * The text after the edits, with its comments. A value that replaces a simple one changes only its own characters;
 * other edits write the file again in the same order. Throws TCN_CONFIG_EDIT.
 */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  return edits.reduce(applyEdit, text)
}

function applyEdit(text: string, given: Edit): string {
  const document = parse(text)
  const edit = { ...given, path: withIndex(document, given.path) }
  const before = document.toJS() as unknown
  const expected = valueAfter(before, edit)
  const replaced = replaceScalar(text, document, edit)
  if (replaced !== undefined && isDeepStrictEqual(contentOf(replaced), expected)) return replaced
  const written = writeAgain(text, document, edit)
  // An anchor makes one place of the file the value of several keys; merged maps have keys from elsewhere.
  if (!isDeepStrictEqual(contentOf(written), expected))
    throw refused(edit, 'shares its value with another key by an anchor; edit the file instead')
  return written
}

/** Returns the content after the edit. */
export function valueAfter(content: unknown, edit: Edit): unknown {
  const [first, ...rest] = edit.path
  if (first === undefined) return 'delete' in edit ? undefined : edit.value
  if (typeof first === 'number') {
    const list = Array.isArray(content) ? [...content] : []
    if (rest.length === 0 && 'delete' in edit) list.splice(first, 1)
    else list[first] = valueAfter(list[first], { ...edit, path: rest })
    return list
  }
  const entries: Record<string, unknown> =
    typeof content === 'object' && content !== null ? { ...content } : {}
  if (rest.length === 0 && 'delete' in edit) delete entries[first]
  else entries[first] = valueAfter(own(entries, first), { ...edit, path: rest })
  return entries
}

/** Resolves `[]`, and refuses paths that do not fit what is there. */
function withIndex(document: Document, path: KeyPath): KeyPath {
  const found: (string | number)[] = []
  let node: unknown = document.contents
  for (const part of path) {
    if (isAlias(node)) throw refused({ path }, 'shares its value with another key by an anchor')
    const isAbsent = node === undefined || node === null || (isScalar(node) && node.value === null)
    const length = isSeq(node) ? node.items.length : 0
    if (!isAbsent && (typeof part === 'number' ? !isSeq(node) : !isMap(node)))
      throw refused({ path }, `${found.length === 0 ? 'the file' : formatKey(found)} is no ${kindOf(part)}`)
    if (typeof part === 'number' && part > length) throw beyondEnd(path, found, length)
    const next: string | number = part === APPEND ? length : part
    node = childOf(node, next)
    found.push(next)
  }
  return found
}

/** The error of a path with a number that is greater than the length of the list there. */
export function beyondEnd(path: KeyPath, list: KeyPath, length: number): TocsinError {
  return refused({ path }, `${formatKey(list)} has ${length} entries`)
}

function kindOf(part: string | number): string {
  return typeof part === 'number' ? 'list' : 'map'
}

function childOf(node: unknown, part: string | number): unknown {
  return isMap(node) || isSeq(node) ? node.get(part, true) : undefined
}

/** Replaces only the characters of a simple value; undefined if the edit is another one. */
function replaceScalar(text: string, document: Document, edit: Edit): string | undefined {
  if ('delete' in edit || typeof edit.value === 'object' || typeof edit.value === 'undefined')
    return undefined
  const node = document.getIn(edit.path, true)
  if (!isScalar(node) || !isPlain(node) || node.range === undefined || node.range === null) return undefined
  const written = new Document(edit.value).toString({ lineWidth: 0 }).trimEnd()
  if (written.includes('\n')) return undefined
  return text.slice(0, node.range[0]) + written + text.slice(node.range[1])
}

function isPlain({ type, anchor, value, tag }: Scalar): boolean {
  return !anchor && !tag && value !== null && type !== 'BLOCK_FOLDED' && type !== 'BLOCK_LITERAL'
}

function writeAgain(text: string, document: Document, edit: Edit): string {
  try {
    openParents(document, edit.path)
    if ('delete' in edit) {
      if (!document.deleteIn(edit.path)) throw refused(edit, 'is not set in the file')
    } else if (document.contents === null) document.contents = document.createNode(nested(edit)) as never
    else document.setIn(edit.path, document.createNode(edit.value))
    return document.toString({ lineWidth: 0, indent: indentOf(text) })
  } catch (thrown) {
    if (TocsinError.is(thrown)) throw thrown
    throw refused(edit, messageOf(thrown))
  }
}

/** A key without a value (`log:`) becomes a map or list when something is set below it. */
function openParents(document: Document, path: KeyPath): void {
  for (let depth = 1; depth < path.length; depth++) {
    const parent = path.slice(0, depth)
    const node = document.getIn(parent, true)
    const isEmpty = node === undefined || node === null || (isScalar(node) && node.value === null)
    if (document.contents !== null && isEmpty)
      document.setIn(parent, document.createNode(typeof path[depth] === 'number' ? [] : {}))
  }
}

function nested({ path, value }: Extract<Edit, { value: unknown }>): unknown {
  return path.reduceRight<unknown>(
    (inner, part) => (typeof part === 'number' ? [inner] : { [part]: inner }),
    value,
  )
}

function indentOf(text: string): number {
  const spaces = /^[^\s#][^\n]*:[ \t]*(?:#[^\n]*)?\n( {1,8})[^\s#-]/m.exec(text)?.[1].length ?? 2
  return Math.max(1, spaces)
}

function parse(text: string): Document {
  const document = parseDocument(text, { uniqueKeys: true, strict: true })
  const [error] = document.errors
  if (error !== undefined) throw new TocsinError('TCN_CONFIG_SYNTAX', `the candidate: ${error.message}`)
  return document
}

function contentOf(text: string): unknown {
  return parse(text).toJS() as unknown
}

function refused({ path }: Pick<Edit, 'path'>, why: string): TocsinError {
  const key = formatKey(path)
  return new TocsinError('TCN_CONFIG_EDIT', `${key}: ${why}`, { details: { key } })
}
