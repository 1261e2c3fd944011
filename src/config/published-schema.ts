import type { z } from 'zod'
import { configJsonSchema, type JsonSchema } from './json-schema.js'

/** What editors show for values whose form is told by a pattern only. */
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

type Published = JsonSchema & Record<string, unknown>

/** JSON Schema 2020-12 of the file, as editors take it. */
export function publishedSchema(schema: z.ZodType, about: { title: string; description: string }): Published {
  const { $schema, ...rest } = withExamples(configJsonSchema(schema)) as Published
  return { $schema, ...about, ...rest }
}

/** Words of our own, such as `kind`, mean nothing to others. */
function withExamples(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withExamples)
  if (typeof value !== 'object' || value === null) return value
  const { kind, secret, ...rest } = value as JsonSchema
  const kept = Object.fromEntries(Object.entries(rest).map(([key, inner]) => [key, withExamples(inner)]))
  const shown = typeof kind === 'string' ? examples[kind] : undefined
  // A property may be called `kind` or `secret`: then it is a schema, and stays.
  const named = {
    ...(typeof kind === 'object' ? { kind: withExamples(kind) } : {}),
    ...(typeof secret === 'object' ? { secret: withExamples(secret) } : {}),
  }
  return { ...kept, ...named, ...(shown ? { examples: shown } : {}) }
}
