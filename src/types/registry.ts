import type { TypeOf, TypeOfBytes } from '../filter/matcher.js'
import { defineType, type EventType, invalid, UNREGISTERED } from './event-type.js'
import { TagPath, type TagPathStep } from './tag-path.js'

/** The name of a type, and the patterns of its tags. */
export type TypePatterns = readonly [type: string, ...tags: string[]]

/** Finds the type of an event by its tag, and holds the definitions of all types. */
export class TypeRegistry {
  #types = new Map<string, EventType>()
  #root = makeNode()
  /** Paths of the types asked for; a new map when the types change. */
  #paths = new Map<string, readonly TagPath[]>()
  #patterns: readonly TypePatterns[] | undefined

  constructor(...definitions: (readonly EventType[])[]) {
    for (const types of definitions) this.register(types)
  }

  /**
   * Registers all definitions or none. Throws TCN_TYPE_INVALID if another type has the name or a pattern.
   */
  register(definitions: readonly EventType[]): void {
    this.#add(definitions.map((definition) => defineType(definition)))
  }

  /**
   * Checks definitions that are to take the place of the types with these names, and returns the types. Throws
   * TCN_TYPE_INVALID, also for one whose tags have another type already.
   */
  check(names: ReadonlySet<string>, definitions: readonly EventType[]): EventType[] {
    const types = definitions.map((definition) => defineType(definition))
    const rest = this.#without(names)
    for (const { type, tags } of types) {
      for (const tag of tags) {
        const owner = rest.typeOf(exampleOf(tag))
        if (owner !== UNREGISTERED) throw invalid(type, `events with the tag ${tag} are of the type ${owner}`)
      }
    }
    rest.#add(types)
    return types
  }

  /** Puts types in the place of those with these names; all or nothing. Throws TCN_TYPE_INVALID. */
  replace(names: ReadonlySet<string>, types: readonly EventType[]): void {
    const next = this.#without(names)
    next.#add(types)
    this.#types = next.#types
    this.#root = next.#root
    this.#changed()
  }

  #without(names: ReadonlySet<string>): TypeRegistry {
    const rest = new TypeRegistry()
    rest.#add([...this.#types.values()].filter(({ type }) => !names.has(type)))
    return rest
  }

  #add(types: readonly EventType[]): void {
    const names = new Set(this.#types.keys())
    const patterns = new Map(
      [...this.#types.values()].flatMap(({ type, tags }) => tags.map((tag) => [tag, type])),
    )
    for (const { type, tags } of types) {
      if (names.has(type)) throw invalid(type, 'registered already')
      names.add(type)
      for (const tag of tags) {
        const owner = patterns.get(tag)
        if (owner !== undefined) throw invalid(type, `the tag ${tag} belongs to ${owner}`)
        patterns.set(tag, type)
      }
    }
    this.#changed()
    for (const type of types) {
      this.#types.set(type.type, type)
      for (const tag of type.tags) insertType(this.#root, tag, type.type)
    }
  }

  #changed(): void {
    this.#paths = new Map()
    this.#patterns = undefined
  }

  /** All that is needed to find the types of tags elsewhere, in the order that decides. The same list until types change. */
  get patterns(): readonly TypePatterns[] {
    this.#patterns ??= [...this.#types.values()].map(({ type, tags }) => [type, ...tags])
    return this.#patterns
  }

  get(type: string): EventType | undefined {
    return this.#types.get(type)
  }

  /** All definitions, sorted by name. */
  list(): EventType[] {
    return [...this.#types.values()].sort((a, b) => (a.type < b.type ? -1 : 1))
  }

  /**
   * The type of a tag, or `tocsin.event` if no definition covers it. Bound, so that it can be passed as a
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

  /** Returns the same function for one reader. It takes half of the time for a tag whose type is that of the one before. */
  typeOfNeighbours(): TypeOfBytes {
    let paths = this.#paths
    let last: TagPath | undefined
    return (bytes, start, end) => {
      if (paths === this.#paths && last?.has(bytes, start, end)) return last.type
      paths = this.#paths
      const type = this.typeOfBytes(bytes, start, end)
      last = this.#pathsOf(type).find((path) => path.has(bytes, start, end))
      return type
    }
  }

  #pathsOf(type: string): readonly TagPath[] {
    const known = this.#paths.get(type)
    if (known !== undefined) return known
    const steps = (this.#types.get(type)?.tags ?? []).map((tag) => stepsTo(this.#root, tag))
    const paths = steps.flatMap((each) => (each === undefined ? [] : new TagPath(type, each)))
    this.#paths.set(type, paths)
    return paths
  }
}

/** A tag that the pattern matches. */
function exampleOf(pattern: string): string {
  return pattern.replaceAll('*', 'x').replaceAll('#', '0')
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

function insertType(root: Node, pattern: string, type: string): void {
  let node = root
  for (const segment of pattern.split('/')) {
    if (segment === '**') {
      node.rest = type
      return
    }
    node = child(node, segment)
  }
  node.type = type
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

/** The steps of a pattern; undefined if the type of its tags also depends on other patterns. */
function stepsTo(root: Node, pattern: string): TagPathStep[] | undefined {
  const steps: TagPathStep[] = []
  let node = root
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

/**
 * `start` is where a segment begins, or after the end if there is none. Patterns come from code and are
 * trusted.
 */
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
