import { expect, it } from 'vitest'
import { z } from 'zod'
import { changedKeys } from '../../src/config/changed-keys.js'
import { configJsonSchema } from '../../src/config/json-schema.js'
import { finished } from '../../src/incremental/steps.js'

const schema = configJsonSchema(
  z.strictObject({
    a: z.strictObject({ b: z.int().default(1), c: z.int().default(2) }).prefault({}),
    d: z.int().optional(),
    principals: z
      .record(
        z.string(),
        z.union([z.literal('*'), z.strictObject({ see: z.array(z.string()) })]).meta({ whole: true }),
      )
      .prefault({}),
    listen: z
      .union([z.literal('off'), z.strictObject({ port: z.int() })])
      .meta({ whole: true })
      .prefault('off'),
  }),
)

const keys = (before: object, after: object) =>
  finished(changedKeys(schema, before, after)).map(({ key }) => key)
it('names the keys whose values differ, in the order of the file', () => {
  expect(keys({ a: { b: 1, c: 2 }, d: 3 }, { a: { b: 1, c: 4 }, d: 5 })).toEqual(['a.c', 'd'])
  expect(keys({ a: 1 }, { a: 1 })).toEqual([])
})

it('names added and removed keys', () => {
  expect(keys({ a: { b: 1 } }, { a: { c: 1 } })).toEqual(['a.b', 'a.c'])
})

it('reports a map that is marked as whole as one key', () => {
  const before = { principals: { a: { see: ['x/'] }, b: '*' }, listen: { port: 1 } }
  const after = { principals: { a: { see: ['y/'] } }, listen: { port: 2 } }
  expect(keys(before, after)).toEqual(['principals.a', 'principals.b', 'listen'])
})
