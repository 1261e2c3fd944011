import { z } from 'zod'
import type { KeyPath } from '../event/json/key-path.js'
import { isObject } from '../event/json/object.js'

/** When a changed key takes effect: at once, or at the next start. */
export type Effect = 'now' | 'restart'

/** The parts of JSON Schema that the generators and error messages use. */
export interface JsonSchema {
  type?: string
  kind?: string
  description?: string
  default?: unknown
  const?: unknown
  enum?: unknown[]
  minimum?: number
  maximum?: number
  pattern?: string
  properties?: Record<string, JsonSchema>
  required?: string[]
  additionalProperties?: JsonSchema | boolean
  propertyNames?: JsonSchema
  items?: JsonSchema
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
  /** Marks a value that is never shown. */
  secret?: boolean
  /** Marks a map that changes as one key. */
  whole?: boolean
  /**
   * Marks a key that may also be changed from other machines: by administrators (true), or a map that the owner may change;
   * a key in such a map is marked false if it stays with this machine.
   */
  remote?: boolean | 'owner'
  /** Marks a key that says where the secrets of its map are sent, or how their receiver is known. */
  destination?: boolean
  /** Marks the name of a file with a secret. */
  secretFile?: boolean
  /** When a change takes effect, here and below. */
  effect?: Effect
}

const made = new WeakMap<z.core.$ZodType, JsonSchema>()

/** The JSON Schema (2020-12) of the file. All of it takes 20 to 100 ms to make. */
export function configJsonSchema(schema: z.ZodType): JsonSchema {
  const steps = jsonSchemaInSteps(schema)
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
  }
}

/** Makes the same in steps, one for each key of the first two levels. It is made once. */
export function* jsonSchemaInSteps(schema: z.ZodType): Generator<void, JsonSchema> {
  const written = isPreprocessed(schema) ? schema.def.out : schema
  const known = made.get(written)
  if (known !== undefined) return known
  const fresh = yield* keyByKey(written, LEVELS_IN_STEPS)
  made.set(written, fresh)
  return fresh
}

const LEVELS_IN_STEPS = 2

function* keyByKey(schema: z.core.$ZodType, levels: number): Generator<void, JsonSchema> {
  if (schema instanceof z.ZodPrefault) {
    const inner = yield* keyByKey(schema.def.innerType, levels)
    return { ...inner, default: schema.def.defaultValue, ...schema.meta() }
  }
  if (levels === 0 || !(schema instanceof z.ZodObject)) return jsonSchemaOf(schema)
  const { shape } = schema
  const { properties: none, ...rest } = jsonSchemaOf(schema.clone({ ...schema.def, shape: {} }))
  const properties: Record<string, JsonSchema> = {}
  for (const key of Object.keys(shape)) {
    yield
    properties[key] = yield* keyByKey(shape[key], levels - 1)
  }
  const required = Object.keys(shape).filter((key) => shape[key]._zod.optin === undefined)
  return { ...rest, properties, ...(required.length > 0 && { required }), ...schema.meta() }
}

/** The file has the input of the second half then. */
function isPreprocessed(schema: z.core.$ZodType): schema is z.ZodPipe {
  return schema instanceof z.ZodPipe && schema.def.in instanceof z.ZodTransform
}

function jsonSchemaOf(schema: z.core.$ZodType): JsonSchema {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return rest as JsonSchema
}

/** The names that keys at `path` may have. */
export function keysAt(schema: JsonSchema, path: KeyPath): string[] {
  return at(schema, path).flatMap((each) => Object.keys(each.properties ?? {}))
}

/** The paths in the schema at which a key of this name exists; names chosen by the user are left out. */
export function pathsTo(schema: JsonSchema, name: string): string[] {
  return alternatives(schema).flatMap((each) =>
    Object.entries(each.properties ?? {}).flatMap(([key, inner]) => [
      ...(key === name ? [key] : []),
      ...pathsTo(inner, name).map((place) => `${key}.${place}`),
    ]),
  )
}

/** Words that are valid values at `path`. */
export function wordsAt(schema: JsonSchema, path: KeyPath): string[] {
  return at(schema, path).flatMap((each) => [each.const, ...(each.enum ?? [])].filter(isText))
}

/** The schemas of the key at `path`, with their descriptions. */
export function schemasAt(schema: JsonSchema, path: KeyPath): JsonSchema[] {
  let here = [schema]
  for (const part of path) here = here.flatMap(alternatives).flatMap((each) => step(each, part))
  return here
}

function at(schema: JsonSchema, path: KeyPath): JsonSchema[] {
  return schemasAt(schema, path).flatMap(alternatives)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

export function step(schema: JsonSchema, part: string | number): JsonSchema[] {
  if (typeof part === 'number') return schema.items ? [schema.items] : []
  const named = Object.hasOwn(schema.properties ?? {}, part) ? schema.properties?.[part] : undefined
  if (named) return [named]
  return typeof schema.additionalProperties === 'object' ? [schema.additionalProperties] : []
}

export function alternatives(schema: JsonSchema): JsonSchema[] {
  const nested = schema.anyOf ?? schema.oneOf
  return nested ? nested.flatMap(alternatives) : [schema]
}

/** The forms that a value may have: of maps that a `type` tells apart those of its type, and all of an unknown value. */
export function fitting(schemas: readonly JsonSchema[], value: unknown): JsonSchema[] {
  const all = schemas.flatMap(alternatives)
  if (!isObject(value)) return all
  return all.filter(({ properties }) => [undefined, value.type].includes(properties?.type?.const))
}

const KINDS_OF_SERVERS = ['URL', 'host:port']

/** Returns whether a key says where the secrets of its map are sent. */
export function isDestination(schema: JsonSchema): boolean {
  return [schema, ...alternatives(schema)].some(
    ({ destination, kind = '' }) => destination === true || KINDS_OF_SERVERS.includes(kind),
  )
}

/** Examples of values of this kind. */
export function examplesOf(kind: string): readonly unknown[] {
  return Object.hasOwn(examples, kind) ? examples[kind] : []
}

/** Examples that editors show for values whose form is only given by a pattern. */
const examples: Record<string, readonly unknown[]> = {
  size: ['64KiB', '16MiB', '10GiB'],
  'size or off': ['500MB', '10GiB', 'off'],
  duration: ['500ms', '30s', '5m', '1h'],
  'duration or off': ['30s', '7d', 'off'],
  path: ['/var/lib/tocsin', '~/tocsin'],
  'host:port': ['127.0.0.1:4580', '[::1]:4580'],
  filters: ['*', 'salt/', ['app/', { exact: { source: 'app' } }]],
  names: ['*', ['billing']],
}

const marks = new Set(['kind', 'secret', 'whole', 'remote', 'effect', 'destination', 'secretFile'])

/** A property of the file may have the name of a mark; its value is then a schema. */
function isMark(key: string, value: unknown): boolean {
  return marks.has(key) && typeof value !== 'object'
}

const DIALECT = 'https://json-schema.org/draft/2020-12/schema'

type Published = JsonSchema & Record<string, unknown>

/** The JSON Schema of the file in the form that editors use. */
export function publishedSchema(schema: z.ZodType, about: { title: string; description: string }): Published {
  return { $schema: DIALECT, ...about, ...(withExamples(configJsonSchema(schema)) as Published) }
}

/** Adds examples and removes our own keywords such as `kind`, which mean nothing to other programs. */
function withExamples(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withExamples)
  if (typeof value !== 'object' || value === null) return value
  const { kind } = value as JsonSchema
  const shown = typeof kind === 'string' ? examples[kind] : undefined
  const kept = Object.entries(value).flatMap(([key, inner]) =>
    isMark(key, inner) ? [] : [[key, withExamples(inner)]],
  )
  return { ...Object.fromEntries(kept), ...(shown ? { examples: shown } : {}) }
}
