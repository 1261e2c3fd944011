import type { TypeOf, TypeOfBytes } from '../filter/matcher.js'
import { defineType, type EventType, invalid, UNREGISTERED } from './event-type.js'
import { TagPath } from './tag-path.js'
import { TagTree } from './tag-tree.js'

/** The name of a type, and the patterns of its tags. */
export type TypePatterns = readonly [type: string, ...tags: string[]]

/** Finds the type of an event by its tag, and holds the definitions of all types. */
export class TypeRegistry {
  #types = new Map<string, EventType>()
  #tree = new TagTree()
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
    this.#tree = next.#tree
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
      for (const tag of type.tags) this.#tree.insert(tag, type.type)
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
  readonly typeOf: TypeOf = (tag) => this.#tree.typeOf(tag)

  /** The same for a tag in a range of UTF-8 bytes. Allocates nothing. */
  readonly typeOfBytes: TypeOfBytes = (bytes, start, end) => this.#tree.typeOfBytes(bytes, start, end)

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
    const steps = (this.#types.get(type)?.tags ?? []).map((tag) => this.#tree.stepsTo(tag))
    const paths = steps.flatMap((each) => (each === undefined ? [] : new TagPath(type, each)))
    this.#paths.set(type, paths)
    return paths
  }
}

/** A tag that the pattern matches. */
function exampleOf(pattern: string): string {
  return pattern.replaceAll('*', 'x').replaceAll('#', '0')
}
