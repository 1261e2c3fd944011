import { z } from 'zod'
import type { JsonSchema } from '../types/event-type.js'

/** JSON Schema of a body; what it does not name is allowed, so that types can grow. */
export function schemaOf(shape: z.ZodObject): JsonSchema {
  const { $schema, ...schema } = z.toJSONSchema(shape, {
    io: 'input',
    override: ({ jsonSchema }) => plain(jsonSchema),
  })
  return schema as JsonSchema
}

/** Without what `format` and `type` already say. */
function plain(schema: z.core.JSONSchema.JSONSchema): void {
  if (schema.format !== undefined) delete schema.pattern
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum
}

/** RFC 3339 */
export const time = () => z.iso.datetime()
export const count = () => z.int().min(0)
