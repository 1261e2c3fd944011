import { describe, expect, it } from 'vitest'
import { differencesFrom, fieldsOf, withField } from '../../console/pages/events/publish/schema-fields.js'

describe('the fields of a type', () => {
  const fields = fieldsOf({
    type: 'object',
    properties: {
      note: { type: 'string', description: 'Free text.' },
      level: { type: 'string', enum: ['low', 'high'] },
      count: { type: 'integer', default: 3 },
    },
    required: ['level'],
  })

  it('begin with those that are required, each with a value to begin with', () => {
    expect(fields.map(({ name, type, sample, isRequired }) => [name, type, sample, isRequired])).toEqual([
      ['level', '"low" | "high"', 'low', true],
      ['note', 'string', '', false],
      ['count', 'integer', 3, false],
    ])
    for (const none of [undefined, null, [], {}, { properties: [] }]) expect(fieldsOf(none)).toEqual([])
  })

  it('are added to an object, once, and to nothing else', () => {
    expect(JSON.parse(withField('', fields[0]))).toEqual({ level: 'low' })
    expect(JSON.parse(withField('{"a":1}', fields[2]))).toEqual({ a: 1, count: 3 })
    for (const same of ['{"level":"x"}', '[1]', '{', '"text"']) expect(withField(same, fields[0])).toBe(same)
  })

  it('say what is missing and what is unknown', () => {
    expect(differencesFrom(fields, '{"note":"","x":1}')).toEqual({ missing: ['level'], unknown: ['x'] })
    expect(differencesFrom(fields, '{')).toEqual({ missing: [], unknown: [] })
  })
})
