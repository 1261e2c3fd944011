// Not the index, which brings the types of the hub itself: the hub tells all types that it knows.
import { type Display, displaysOf } from '../../src/types/display.js'
import { TagTree } from '../../src/types/tag-tree.js'
import { allTypes } from './api.js'

/** The event types that the hub knows. */
export interface KnownTypes {
  typeOf(tag: string): string
  displays: ReadonlyMap<string, Display>
  /** Fields that connect related events, such as `data.jid`. */
  correlationOf(type: string): readonly string[]
}

let known: Promise<KnownTypes> | undefined

export function knownTypes(): Promise<KnownTypes> {
  known ??= readTypes().catch((error) => {
    known = undefined
    throw error
  })
  return known
}

async function readTypes(): Promise<KnownTypes> {
  const { types } = await allTypes()
  const tree = new TagTree()
  for (const { type, tags } of types) for (const tag of tags) tree.insert(tag, type)
  const byName = new Map(types.map((each) => [each.type, each]))
  return {
    typeOf: tree.typeOf,
    displays: displaysOf(types),
    correlationOf: (type) => byName.get(type)?.correlation ?? [],
  }
}
