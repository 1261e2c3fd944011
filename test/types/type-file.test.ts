import { describe, expect, it } from 'vitest'
import { readTypeFile } from '../../src/types/type-file.js'

const door = { type: 'acme.door', tags: ['acme/door/*'], schema: { type: 'object' } }
const read = (value: unknown) => readTypeFile(JSON.stringify(value), 'acme.json')
const refusal = (value: unknown) => {
  try {
    read(value)
  } catch (error) {
    expect(error).toMatchObject({ code: 'TCN_TYPE_FILE', details: { file: 'acme.json' } })
    return (error as Error).message
  }
  return undefined
}

describe('a file of event types', () => {
  it('has one definition, several, or those that a hub lists', () => {
    expect(read(door)).toEqual([door])
    expect(read([door])).toEqual([door])
    expect(read({ types: [door] })).toEqual([door])
  })

  it('is refused with the place and the reason', () => {
    expect(() => readTypeFile('{', 'acme.json')).toThrow(/^acme\.json: /)
    expect(refusal({ ...door, tags: 'acme/door' })).toMatch(/^acme\.json: 0\.tags: /)
    expect(refusal({ ...door, colour: 'red' })).toMatch(/colour/)
    expect(refusal({ types: [{ ...door, summary: 7 }] })).toMatch(/0\.summary/)
  })

  it('has no name and no tag of the hub, and no pattern that begins with any segment', () => {
    expect(refusal({ ...door, type: 'hub.door' })).toMatch(/belongs to the hub/)
    expect(refusal({ ...door, tags: ['ncs/door'] })).toMatch(/belongs to the hub/)
    expect(refusal({ ...door, tags: ['*/door'] })).toMatch(/first segment/)
    expect(refusal({ ...door, tags: ['**'] })).toMatch(/first segment/)
  })

  it('is bounded in depth and count', () => {
    let schema: object = {}
    for (let i = 0; i < 70; i++) schema = { properties: schema }
    expect(refusal({ ...door, schema })).toMatch(/64 levels/)
    expect(refusal(Array.from({ length: 1001 }, () => door))).toMatch(/1000/)
    expect(refusal({ ...door, tags: Array.from({ length: 33 }, (_, i) => `a/${i}`) })).toMatch(/32/)
  })
})
