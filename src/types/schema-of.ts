import { z } from 'zod'
import type { JsonSchema } from './event-type.js'

/** The JSON Schema of a body. Further properties are allowed, so that types can grow. */
export function schemaOf(shape: z.ZodObject): JsonSchema {
  const { $schema, ...schema } = z.toJSONSchema(shape, {
    io: 'input',
    // Such a field says itself what it is, with `meta`.
    unrepresentable: 'any',
    override: ({ jsonSchema }) => plain(jsonSchema),
  })
  return schema
}

/** Removes what `format` and `type` already imply. */
function plain(schema: z.core.JSONSchema.JSONSchema): void {
  if (schema.format !== undefined) delete schema.pattern
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum
  if (isEmpty(schema.additionalProperties)) delete schema.additionalProperties
}

function isEmpty(schema: unknown): boolean {
  return typeof schema === 'object' && schema !== null && Object.keys(schema).length === 0
}

/** An RFC 3339 time. */
export const time = () => z.iso.datetime()
export const count = () => z.int().min(0)
