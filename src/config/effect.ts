import type { KeyPath } from '../event/json/key-path.js'
import { alternatives, type Effect, type JsonSchema, step } from './json-schema.js'

/** A key, or all keys below a map with names that users choose. */
interface KeyPlace {
  readonly schemas: readonly JsonSchema[]
  /** The mark of the key, or of the nearest key around it that has one. */
  readonly effect: Effect | undefined
  /** The keys below that were asked for. */
  readonly below: Map<string, KeyPlace>
}

/** A commit may change thousands of keys of one map, for which the schema need not be searched again. */
const roots = new WeakMap<JsonSchema, KeyPlace>()

/** Returns the mark `effect` of the key, or of the nearest key around it that has one; undefined if none has. */
export function effectIn(schema: JsonSchema, path: KeyPath): Effect | undefined {
  let place = roots.get(schema)
  if (place === undefined) {
    place = placeOf([schema], schema.effect)
    roots.set(schema, place)
  }
  for (const part of path) place = below(place, part)
  return place.effect
}

function below(place: KeyPlace, part: string | number): KeyPlace {
  const key = keyOf(place, part)
  const known = place.below.get(key)
  if (known !== undefined) return known
  const inner = place.schemas.flatMap((each) => step(each, part))
  const effect = inner.find(({ effect }) => effect !== undefined)?.effect
  const found = placeOf(inner, effect ?? place.effect)
  place.below.set(key, found)
  return found
}

function placeOf(schemas: readonly JsonSchema[], effect: Effect | undefined): KeyPlace {
  return { schemas: schemas.flatMap(alternatives), effect, below: new Map() }
}

/** All places of a list are alike, and so are all keys whose names the schema does not have. */
function keyOf({ schemas }: KeyPlace, part: string | number): string {
  if (typeof part === 'number') return '[]'
  const isNamed = schemas.some(({ properties = {} }) => Object.hasOwn(properties, part))
  return isNamed ? `.${part}` : '*'
}
