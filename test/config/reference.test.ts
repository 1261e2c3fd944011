import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { configJsonSchema, keysAt } from '../../src/config/json-schema.js'
import { configurationReference } from '../../src/config/reference.js'
import { duration, sizeOrOff } from '../../src/config/values/units.js'

const schema = z.strictObject({
  word: z.enum(['a', 'b']).default('a').describe('One | the other.'),
  part: z
    .strictObject({ wait: duration().prefault('5s').describe('How long.'), most: sizeOrOff().optional() })
    .prefault({})
    .describe('About the part.'),
  named: z.record(
    z.string(),
    z.union([z.literal('*'), z.strictObject({ see: z.array(z.string()).default([]) })]),
  ),
  list: z.array(z.strictObject({ count: z.int().min(1).max(9).default(3), on: z.boolean().optional() })),
})

describe('the reference', () => {
  const rows = configurationReference(schema)
    .split('\n')
    .filter((line) => line.startsWith('| `'))

  it('has a row for each key with a value: its form, default and meaning', () => {
    expect(rows).toEqual([
      '| `word` | `a` or `b` | `a` | One \\| the other. |',
      '| `part.wait` | duration | `5s` | How long. |',
      '| `part.most` | size or off |  |  |',
      '| `named.<name>` | `*` or map |  |  |',
      '| `named.<name>.see` | list of text | `[]` |  |',
      '| `list[].count` | whole number 1 to 9 | `3` |  |',
      '| `list[].on` | `true` or `false` |  |  |',
    ])
  })

  it('says once what a key of several alternatives can be', () => {
    const kind = (type: string) => z.strictObject({ type: z.literal(type), secure: z.boolean() })
    const text = configurationReference(z.strictObject({ to: z.union([kind('a'), kind('b')]) }))
    expect(text).toContain('| `to.type` | `a` or `b` |')
    expect(text).toContain('| `to.secure` | `true` or `false` |')
  })

  it('has a section with a description for each part', () => {
    const text = configurationReference(schema)
    expect(text.match(/^## .*/gm)).toEqual(['## word', '## part', '## named', '## list'])
    expect(text).toContain('## part\n\nAbout the part.\n')
  })
})

describe('the JSON Schema', () => {
  it('describes the values in the file, not the parsed ones', () => {
    const { properties } = configJsonSchema(schema)
    expect(properties?.part.properties?.wait).toMatchObject({
      type: 'string',
      default: '5s',
      kind: 'duration',
    })
    expect(properties?.part.required).toBeUndefined()
  })

  it('lists the keys at a path, through names, lists and alternatives', () => {
    const json = configJsonSchema(schema)
    expect(keysAt(json, [])).toEqual(['word', 'part', 'named', 'list'])
    expect(keysAt(json, ['part'])).toEqual(['wait', 'most'])
    expect(keysAt(json, ['named', 'anybody'])).toEqual(['see'])
    expect(keysAt(json, ['list', 7])).toEqual(['count', 'on'])
    expect(keysAt(json, ['part', 'wait', 'deeper'])).toEqual([])
    expect(keysAt(json, ['constructor'])).toEqual([])
  })
})
