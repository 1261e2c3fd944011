// Not the index, which brings the types of the hub itself: the hub tells all types that it knows.
import { type Display, displaysOf } from '../../src/types/display.js'
import { TypeRegistry } from '../../src/types/registry.js'
import { call } from './api.js'

/** What the hub knows about the types of events. */
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
  const { types } = await call('types.list', {})
  const registry = new TypeRegistry()
  for (const { type, tags, summary, correlation } of types) {
    // A type of a newer hub that this console cannot read is left out.
    try {
      registry.register([{ type, tags, summary, correlation }])
    } catch {}
  }
  const byName = new Map(types.map((each) => [each.type, each]))
  return {
    typeOf: (tag) => registry.typeOf(tag),
    displays: displaysOf(types),
    correlationOf: (type) => byName.get(type)?.correlation ?? [],
  }
}
