import { expect, test } from 'vitest'
import { z } from 'zod'
import { configJsonSchema, jsonSchemaInSteps } from '../../src/config/json-schema.js'
import { hubConfig } from '../../src/hub/config/index.js'

/** Returns what zod makes of the schema in one piece. */
function inOnePiece(schema: z.ZodType): unknown {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return rest
}

test('the schema of the whole file is the one that zod makes in one piece', () => {
  expect(configJsonSchema(hubConfig)).toEqual(inOnePiece(hubConfig))
})

test('defaults, descriptions, marks and keys that must be there are kept at each level', () => {
  const inner = z.strictObject({
    must: z.string().describe('A text.'),
    may: z.int().optional(),
    usual: z.int().default(3).meta({ effect: 'now' }),
    deeper: z.object({ must: z.boolean() }).describe('A map.').prefault({ must: true }),
  })
  const schema = z
    .object({
      list: z.array(inner),
      map: z.record(z.string(), inner).prefault({}).describe('Maps by name.'),
      plain: inner,
      open: z.looseObject({ some: z.string() }).optional(),
      wrapped: inner.describe('Inside.').prefault({ must: 'be' }).meta({ effect: 'restart' }),
      either: z.union([z.string(), inner]),
    })
    .describe('All of it.')
  expect(configJsonSchema(schema)).toEqual(inOnePiece(schema))
})

test('it is made in one step for each key of the first two levels, and once', () => {
  const inner = z.object({ c: z.string(), d: z.object({ e: z.string(), f: z.string() }) })
  const schema = z.object({ a: z.string(), b: inner.prefault({ c: 'x', d: { e: 'y', f: 'z' } }) })
  expect([...jsonSchemaInSteps(schema)]).toHaveLength(4)
  expect([...jsonSchemaInSteps(schema)]).toHaveLength(0)
})
