import { z } from 'zod'
import type { KeyPath } from './problem.js'

/** What the generators and the error messages use of JSON Schema. */
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
  /** Never shown. */
  secret?: boolean
}

/** The JSON Schema (2020-12) of what may be written in the file. */
export function configJsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema
}

/** The names that a key at `path` may have. */
export function keysAt(schema: JsonSchema, path: KeyPath): string[] {
  return at(schema, path).flatMap((each) => Object.keys(each.properties ?? {}))
}

/** Where in the schema a key of this name stands; names chosen by the user are left out. */
export function placesOf(schema: JsonSchema, name: string): string[] {
  return alternatives(schema).flatMap((each) =>
    Object.entries(each.properties ?? {}).flatMap(([key, inner]) => [
      ...(key === name ? [key] : []),
      ...placesOf(inner, name).map((place) => `${key}.${place}`),
    ]),
  )
}

/** Words that a value at `path` may be. */
export function wordsAt(schema: JsonSchema, path: KeyPath): string[] {
  return at(schema, path).flatMap((each) => [each.const, ...(each.enum ?? [])].filter(isText))
}

function at(schema: JsonSchema, path: KeyPath): JsonSchema[] {
  let here = [schema]
  for (const part of path) here = here.flatMap(alternatives).flatMap((each) => step(each, part))
  return here.flatMap(alternatives)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function step(schema: JsonSchema, part: string | number): JsonSchema[] {
  if (typeof part === 'number') return schema.items ? [schema.items] : []
  const named = Object.hasOwn(schema.properties ?? {}, part) ? schema.properties?.[part] : undefined
  if (named) return [named]
  return typeof schema.additionalProperties === 'object' ? [schema.additionalProperties] : []
}

export function alternatives(schema: JsonSchema): JsonSchema[] {
  const nested = schema.anyOf ?? schema.oneOf
  return nested ? nested.flatMap(alternatives) : [schema]
}
