import type { JsonSchema } from './json-schema.js'

/** Parts of schemas that are written out. */

export function object(properties: Record<string, JsonSchema>, required: readonly string[] = []): JsonSchema {
  return { type: 'object', properties, required }
}

export function text(): JsonSchema {
  return { type: 'string' }
}

export function time(): JsonSchema {
  return { type: 'string', format: 'date-time' }
}

export function count(): JsonSchema {
  return { type: 'integer', minimum: 0 }
}

export function oneOf(...values: string[]): JsonSchema {
  return { enum: values }
}
