import { isObject } from '../event/json/object.js'
import { alternatives, type JsonSchema } from './json-schema.js'

/** A key in which two configurations differ. */
export interface ChangedKey {
  /** The path of the key: `['log', 'retention', 'age']`. */
  path: readonly string[]
  /** The same as text: `log.retention.age`. */
  key: string
}

/**
 * The keys whose values differ in two configurations that were read and checked, of which there may be many thousands:
 * one is compared in each step. A map that the schema marks `whole` (`.meta()`) changes as one key.
 */
export function* changedKeys(
  schema: JsonSchema,
  before: unknown,
  after: unknown,
): Generator<void, ChangedKey[]> {
  const changed: ChangedKey[] = []
  for (const path of differences([schema], before, after, [])) {
    if (path !== undefined) changed.push({ path, key: path.join('.') })
    yield
  }
  return changed
}

/** Compares all keys. Yields the path of each that differs, and undefined for the others. */
function* differences(
  schemas: readonly JsonSchema[],
  before: unknown,
  after: unknown,
  path: readonly string[],
): Generator<readonly string[] | undefined, void> {
  if (isObject(before) && isObject(after) && !schemas.some((each) => each.whole === true)) {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)]))
      yield* differences(schemas.flatMap(inside(name)), before[name], after[name], [...path, name])
  } else yield JSON.stringify(before) === JSON.stringify(after) ? undefined : path
}

function inside(name: string) {
  return (schema: JsonSchema): JsonSchema[] =>
    alternatives(schema).flatMap(({ properties = {}, additionalProperties: rest }) => {
      if (Object.hasOwn(properties, name)) return [properties[name]]
      return typeof rest === 'object' ? [rest] : []
    })
}

/** Copies one key from one configuration to another. */
export function copyKey(from: object, to: object, path: readonly string[]): void {
  const [name, ...rest] = path
  const [source, target] = [from, to] as Record<string, unknown>[]
  if (isObject(source[name]) && isObject(target[name]) && rest.length > 0)
    copyKey(source[name], target[name], rest)
  else if (source[name] === undefined) delete target[name]
  else target[name] = source[name]
}
