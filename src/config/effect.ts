import { alternatives, type Effect, type JsonSchema, step } from './json-schema.js'
import type { KeyPath } from './problem.js'

/** Returns the mark `effect` of the key, or of the nearest key around it that has one; undefined if none has. */
export function effectIn(schema: JsonSchema, path: KeyPath): Effect | undefined {
  let found = schema.effect
  let here = alternatives(schema)
  for (const part of path) {
    const inner = here.flatMap((each) => step(each, part))
    if (inner.length === 0) break
    found = inner.find(({ effect }) => effect !== undefined)?.effect ?? found
    here = inner.flatMap(alternatives)
  }
  return found
}
