import { formatKey, type KeyPath } from '../event/json/key-path.js'
import { type Reach, reachOf, widestReach } from './commits/reach.js'
import {
  alternatives,
  examplesOf,
  fitting,
  isDestination,
  type JsonSchema,
  schemasAt,
} from './json-schema.js'
import { contentAt } from './problem.js'
import { isSecret } from './redaction.js'
import { usualText, valueText } from './reference.js'

/** The description of a key in the schema. */
export interface DescribedKey {
  readonly key: string
  readonly path: KeyPath
  readonly description: string
  readonly value: string
  /** The values, if these are words. */
  readonly words: string[]
  /** The default value, as text. */
  readonly usual: string
  readonly examples: unknown[]
  readonly required: boolean
  readonly secret: boolean
  /** True if it says where the secrets beside it are sent. */
  readonly destination: boolean
  readonly reach: Reach
  /** The widest reach of the keys in it. */
  readonly within: Reach
}

export interface DescriptionOptions {
  /** Describes only the keys of this type of maps that a type tells apart, such as sinks. */
  readonly type?: string
  /** All keys that have a value of their own, instead of those directly below. */
  readonly deep?: boolean
}

/** Where keys are looked for, and what is known of them already. */
interface SchemaPath {
  readonly root: JsonSchema
  /** Has the type. */
  readonly content: unknown
  readonly deep: boolean
  readonly path: KeyPath
  readonly required: boolean
  readonly destination: boolean
}

/**
 * Describes a key, and those below it, as the content has them; without a path, those of the whole file. None if there is
 * no such key.
 */
export function describedKeys(
  schema: JsonSchema,
  path: KeyPath,
  { type, deep = false }: DescriptionOptions = {},
  given?: unknown,
): DescribedKey[] {
  const here = schemasAt(schema, path)
  const map = type === undefined ? contentAt(given, path) : { type }
  const content =
    type === undefined ? given : path.reduceRight<unknown>((inner, part) => ({ [part]: inner }), map)
  const around: SchemaPath = { root: schema, content, deep, path, required: true, destination: false }
  const own =
    path.length === 0 ? [] : here.slice(0, 1).map((each) => described({ ...around, required: false }, each))
  const below = fitting(here, map).flatMap((each) => [...keysIn(around, each)])
  const byKey = new Map<string, DescribedKey>()
  for (const each of [...own, ...below]) byKey.set(each.key, together(byKey.get(each.key), each))
  return [...byKey.values()]
}

/** Where a map may have several forms, the first that has the key describes it. */
function together(known: DescribedKey | undefined, each: DescribedKey): DescribedKey {
  if (known === undefined) return each
  return { ...known, words: [...new Set([...known.words, ...each.words])] }
}

function* keysIn(around: SchemaPath, schema: JsonSchema): Generator<DescribedKey> {
  if (schema.kind !== undefined) return
  for (const [name, inner] of Object.entries(schema.properties ?? {})) {
    const key: SchemaPath = {
      ...around,
      path: [...around.path, name],
      required: around.required && (schema.required ?? []).includes(name),
      destination: around.destination || isDestination(inner),
    }
    const maps = around.deep ? mapsIn(inner) : []
    if (maps.length === 0) yield described(key, inner)
    for (const map of maps) yield* keysIn(key, map)
  }
}

/** The forms of a value that is always a map with known keys. */
function mapsIn(schema: JsonSchema): JsonSchema[] {
  const all = [schema, ...alternatives(schema)]
  if (all.some(({ kind }) => kind !== undefined)) return []
  const maps = alternatives(schema)
  return maps.every(({ properties }) => properties !== undefined) ? maps : []
}

function described(
  { root, path, content, required, destination }: SchemaPath,
  schema: JsonSchema,
): DescribedKey {
  const value = valueText(schema)
  return {
    key: formatKey(path),
    path,
    description: schema.description ?? '',
    value,
    words: alternatives(schema).flatMap(wordsOf),
    usual: usualText(schema),
    examples: [...examplesOf(value)],
    required,
    secret: [schema, ...alternatives(schema)].some(isSecret),
    destination,
    reach: reachOf(root, path, content),
    within: widestReach(root, path, content),
  }
}

function wordsOf({ type, const: only, enum: several = [] }: JsonSchema): string[] {
  if (type === 'boolean') return ['true', 'false']
  return [only, ...several].filter((each) => typeof each === 'string')
}
