import { type Reach, reachOf } from './commits/reach.js'
import { isSecret } from './effective.js'
import { alternatives, examplesOf, type JsonSchema, schemasAt } from './json-schema.js'
import { formatKey, type KeyPath } from './problem.js'
import { usualText, valueText } from './reference.js'

/** The description of a key in the schema. */
export interface DescribedKey {
  readonly key: string
  readonly path: KeyPath
  readonly description: string
  readonly value: string
  /** The default value, as text. */
  readonly usual: string
  readonly examples: unknown[]
  readonly secret: boolean
  readonly reach: Reach
}

/** Describes a key, and those directly below it; without a path, those of the whole file. None if there is no such key. */
export function describedKeys(schema: JsonSchema, path: KeyPath): DescribedKey[] {
  const here = schemasAt(schema, path)
  const own = path.length === 0 ? [] : here.slice(0, 1).map((each) => described(schema, path, each))
  const below = here
    .flatMap(alternatives)
    .flatMap((each) =>
      each.kind === undefined
        ? Object.entries(each.properties ?? {}).map(([name, inner]) =>
            described(schema, [...path, name], inner),
          )
        : [],
    )
  const byKey = new Map<string, DescribedKey>()
  // Where a map may have several forms, the first that has the key describes it.
  for (const each of [...own, ...below]) if (!byKey.has(each.key)) byKey.set(each.key, each)
  return [...byKey.values()]
}

function described(root: JsonSchema, path: KeyPath, schema: JsonSchema): DescribedKey {
  const value = valueText(schema)
  return {
    key: formatKey(path),
    path,
    description: schema.description ?? '',
    value,
    usual: usualText(schema),
    examples: [...examplesOf(value)],
    secret: [schema, ...alternatives(schema)].some(isSecret),
    reach: reachOf(root, path),
  }
}
