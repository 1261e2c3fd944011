import { z } from 'zod'
import { messageOf } from '../errors/thrown.js'
import { TocsinError } from '../errors/tocsin-error.js'
import { parsePlainJson } from '../event/json/parse.js'
import type { EventType } from './event-type.js'

const MAX_TYPES = 1000
const MAX_TAGS = 32
const MAX_DEPTH = 64

const definition = z.strictObject({
  type: z.string().max(128),
  tags: z.array(z.string().min(1).max(1024)).min(1).max(MAX_TAGS),
  summary: z.string().max(1000).optional(),
  display: z.string().max(1000).optional(),
  correlation: z.array(z.string().max(256)).max(16).optional(),
  schema: z.record(z.string(), z.unknown()).optional(),
})
const definitions = z.array(definition).max(MAX_TYPES)

/** Names and tags that belong to the hub. */
const OWN_NAMES = /^(hub|ncs|tocsin)\./
const OWN_TAGS = /^(hub|ncs)(\/|$)/

/**
 * Reads the definitions of event types in a JSON file. Throws TCN_TYPE_FILE. Their patterns are bounded so that a lookup
 * stays short: the first segment of each is literal.
 */
export function readTypeFile(text: string, file: string): EventType[] {
  const result = definitions.safeParse(definitionsIn(parseJson(text, file)))
  if (!result.success) {
    const [{ path, message }] = result.error.issues
    throw fault(file, [path.join('.'), message].filter((part) => part !== '').join(': '))
  }
  for (const { type, tags } of result.data) {
    if (OWN_NAMES.test(type)) throw fault(file, `the type ${type}: this name belongs to the hub`)
    for (const tag of tags) {
      if (OWN_TAGS.test(tag)) throw fault(file, `the type ${type}: the tag ${tag} belongs to the hub`)
      if (/^[^/]*[*#]/.test(tag))
        throw fault(file, `the type ${type}: the first segment of ${tag} must have neither * nor #`)
    }
  }
  return result.data
}

/** One definition, several, or the answer of `types.list`. */
function definitionsIn(content: unknown): unknown {
  if (Array.isArray(content)) return content
  const { types }: { types?: unknown } = content ?? {}
  return types === undefined ? [content] : types
}

export function fault(file: string, message: string): TocsinError {
  return new TocsinError('TCN_TYPE_FILE', `${file}: ${message}`, { details: { file } })
}

function parseJson(text: string, file: string): unknown {
  let value: unknown
  try {
    value = parsePlainJson(text)
  } catch (error) {
    throw fault(file, messageOf(error))
  }
  if (isDeeper(value, MAX_DEPTH)) throw fault(file, `has more than ${MAX_DEPTH} levels`)
  return value
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1))
}
