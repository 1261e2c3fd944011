import type { TypeOf } from '../filter/matcher.js'
import { UNREGISTERED } from './event-type.js'
import type { TagPathStep } from './tag-path.js'

/** Finds the type of a tag by patterns, which come from code or have been checked. */
export class TagTree {
  readonly #root = makeNode()

  insert(pattern: string, type: string): void {
    let node = this.#root
    for (const segment of pattern.split('/')) {
      if (segment === '**') {
        node.rest = type
        return
      }
      node = child(node, segment)
    }
    node.type = type
  }

  /**
   * The type of a tag, or `tocsin.event` if no pattern covers it. Bound, so that it can be passed as a
   * function.
   */
  readonly typeOf: TypeOf = (tag) => {
    const needed = tag.length * 3
    const bytes = needed <= scratch.length ? scratch : new Uint8Array(needed)
    return this.typeOfBytes(bytes, 0, utf8.encodeInto(tag, bytes).written)
  }

  /** The same for a tag in a range of UTF-8 bytes. Allocates nothing. */
  readonly typeOfBytes = (bytes: Uint8Array, start: number, end: number): string => {
    return search(this.#root, bytes, start, end) ?? UNREGISTERED
  }

  /** The steps of a pattern; undefined if the type of its tags also depends on other patterns. */
  stepsTo(pattern: string): TagPathStep[] | undefined {
    const steps: TagPathStep[] = []
    let node = this.#root
    let text = ''
    for (const segment of pattern.split('/')) {
      if (segment === '*') {
        if (node.any === undefined || node.literals.length > 0 || node.shapes.length > 0) return undefined
        steps.push(utf8.encode(text), undefined)
        text = '/'
        node = node.any
      } else {
        if (segment === '**' || segment.endsWith('*') || segment.includes('#')) return undefined
        text += `${segment}/`
        node = child(node, segment)
      }
    }
    if (text !== '/') steps.push(utf8.encode(text.slice(0, -1)))
    return steps
  }
}

const utf8 = new TextEncoder()
const scratch = new Uint8Array(4096)

/** One segment of the registered patterns. */
interface Node {
  /** The type of a tag that ends here. */
  type: string | undefined
  /** The type of longer tags that no other pattern matches (`**`). */
  rest: string | undefined
  /** Literal segments, grouped by length because the root may have many of them. */
  literals: Child[][]
  /** Segments with digits at fixed places, or with an open end. */
  shapes: (Child & { readonly open: boolean })[]
  any: Node | undefined
}

interface Child {
  readonly segment: Uint8Array
  readonly node: Node
}

function makeNode(): Node {
  return { type: undefined, rest: undefined, literals: [], shapes: [], any: undefined }
}

function child(node: Node, pattern: string): Node {
  if (pattern === '*') {
    node.any ??= makeNode()
    return node.any
  }
  const open = pattern.endsWith('*')
  const segment = utf8.encode(open ? pattern.slice(0, -1) : pattern)
  const isSame = (one: Child) => one.segment.length === segment.length && hasAt(segment, 0, one.segment)
  if (open || pattern.includes('#')) {
    const known = node.shapes.find((one) => one.open === open && isSame(one))
    if (known !== undefined) return known.node
    const shape = { segment, open, node: makeNode() }
    node.shapes.push(shape)
    return shape.node
  }
  while (node.literals.length <= segment.length) node.literals.push([])
  const literals = node.literals[segment.length]
  const known = literals.find(isSame)
  if (known !== undefined) return known.node
  const literal = { segment, node: makeNode() }
  literals.push(literal)
  return literal.node
}

/** `start` is where a segment begins, or after the end if there is none. */
function search(node: Node, bytes: Uint8Array, start: number, end: number): string | undefined {
  if (start > end) return node.type
  let stop = start
  while (stop < end && bytes[stop] !== SLASH) stop++
  const length = stop - start
  if (length < node.literals.length) {
    const literals = node.literals[length]
    for (let i = 0; i < literals.length; i++) {
      if (!hasAt(bytes, start, literals[i].segment)) continue
      const type = search(literals[i].node, bytes, stop + 1, end)
      if (type !== undefined) return type
      break
    }
  }
  for (let i = 0; i < node.shapes.length; i++) {
    const { segment, open, node: below } = node.shapes[i]
    if (open ? length < segment.length : length !== segment.length) continue
    const type = fits(bytes, start, segment) ? search(below, bytes, stop + 1, end) : undefined
    if (type !== undefined) return type
  }
  const type = node.any === undefined ? undefined : search(node.any, bytes, stop + 1, end)
  return type ?? node.rest
}

const SLASH = 0x2f
const HASH = 0x23

function hasAt(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false
  return true
}

/** Like `hasAt`, but `#` matches any digit. */
function fits(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let i = 0; i < wanted.length; i++) {
    const byte = bytes[at + i]
    if (wanted[i] === HASH ? byte < 0x30 || byte > 0x39 : byte !== wanted[i]) return false
  }
  return true
}
