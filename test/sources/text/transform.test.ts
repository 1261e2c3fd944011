import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { Transform } from '../../../src/sources/text/transform.js'
import { transformConfig } from '../../../src/sources/text/transform-config.js'

type Steps = z.input<typeof transformConfig>

const owners = new Map<string, unknown>([
  ['web1', { team: 'web', mail: 'web@example.com' }],
  ['7', 'seven'],
])

function transformed(steps: Steps, data: Record<string, unknown>): unknown {
  return new Transform(transformConfig.parse(steps), () => owners).apply(data)
}

describe('rename', () => {
  it('moves fields, also into others that are not there yet', () => {
    const rename = { 'data.fields.usr': 'data.fields.user.name', 'fields.n': 'fields.count' }
    expect(transformed([{ rename }], { fields: { usr: 'bob', n: 7, x: 1 } })).toEqual({
      fields: { user: { name: 'bob' }, count: 7, x: 1 },
    })
  })

  it('loses nothing where the new name is taken, or something is in the way', () => {
    const rename = { 'data.fields.a': 'data.fields.b', 'data.fields.c': 'data.fields.d.e' }
    const fields = { a: 1, b: 2, c: 3, d: 4 }
    expect(transformed([{ rename }], { fields: { ...fields } })).toEqual({ fields })
  })

  it('knows names with dots', () => {
    const rename = { 'data.fields.log\\.level': 'data.fields.level' }
    expect(transformed([{ rename }], { fields: { 'log.level': 'x' } })).toEqual({ fields: { level: 'x' } })
  })
})

it('drop removes fields, and the map of fields with the last of them', () => {
  const drop = ['data.fields.a', 'data.fields.missing.b', 'data.entry.CODE_FILE']
  expect(transformed([{ drop }], { line: 'x', fields: { a: 1 }, entry: { CODE_FILE: 'a.c', B: 1 } })).toEqual(
    {
      line: 'x',
      entry: { B: 1 },
    },
  )
})

describe('lookup', () => {
  const lookup = { field: 'data.host', file: '/t.csv', into: 'data.fields.owner' }

  it('adds what the table has', () => {
    expect(transformed([{ lookup }], { host: 'web1' })).toEqual({
      host: 'web1',
      fields: { owner: { team: 'web', mail: 'web@example.com' } },
    })
    expect(transformed([{ lookup }], { host: 7 })).toMatchObject({ fields: { owner: 'seven' } })
  })

  it('adds nothing for a value that the table does not have, or that is no key', () => {
    for (const host of ['web2', '', null, { a: 1 }, ['web1']])
      expect(transformed([{ lookup }], { host })).toEqual({ host })
  })

  it('leaves the table as it is when later steps change what was found', () => {
    const steps = [{ lookup }, { drop: ['data.fields.owner.mail'] }]
    for (let times = 0; times < 2; times++)
      expect(transformed(steps, { host: 'web1' })).toMatchObject({ fields: { owner: { team: 'web' } } })
    expect(owners.get('web1')).toHaveProperty('mail')
  })
})

describe('mask', () => {
  it('replaces the whole value, or what matches in all its texts', () => {
    const steps: Steps = [
      { mask: { field: 'data.fields.password' } },
      { mask: { field: ['data.message', 'data.fields.card'], pattern: '\\d{12}(\\d{4})', with: '$1#' } },
    ]
    const data = {
      message: 'paid with 1111222233334444 and 5555666677778888',
      fields: {
        password: { a: 1 },
        card: { list: ['1111222233334444', 1111222233334444, true], other: 'x' },
      },
    }
    expect(transformed(steps, data)).toEqual({
      message: 'paid with $1# and $1#',
      fields: { password: '***', card: { list: ['$1#', '$1#', true], other: 'x' } },
    })
  })

  it('of a line takes its bytes away too', () => {
    const mask = { field: 'data.line', pattern: 'pw=\\S+', with: 'pw=*' }
    const bytes = Uint8Array.of(0xff)
    expect(transformed([{ mask }], { line: 'a pw=x', bytes })).toEqual({ line: 'a pw=*' })
    expect(transformed([{ mask }], { line: 'a', bytes })).toEqual({ line: 'a', bytes })
  })

  it('leaves no match in any text', () => {
    const mask = { field: 'data.fields', pattern: '[0-9]', with: '#' }
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.jsonValue()), (fields) => {
        const texts: unknown[] = []
        const after = transformed([{ mask }], { fields })
        JSON.stringify(after, (_, value) => {
          texts.push(value)
          return value
        })
        for (const text of texts)
          if (typeof text === 'string' || typeof text === 'number') expect(String(text)).not.toMatch(/[0-9]/)
      }),
    )
  })
})

it('steps are done in order', () => {
  const steps: Steps = [
    { rename: { 'data.fields.h': 'data.fields.host' } },
    { lookup: { field: 'data.fields.host', file: '/t.csv', into: 'data.fields.owner' } },
    { drop: ['data.fields.host'] },
  ]
  expect(transformed(steps, { fields: { h: '7' } })).toEqual({ fields: { owner: 'seven' } })
})

it.each([
  [{}, 'has one of'],
  [{ drop: ['data.fields.a'], mask: { field: 'data.line' } }, 'has one of'],
  [{ drop: ['data.offset'] }, 'must be a field below data.fields'],
  [{ drop: ['data.message'] }, 'must be a field below'],
  [{ drop: ['data.fields'] }, 'must be a field below'],
  [{ drop: ['data.fields.*'] }, 'one field'],
  [{ drop: ['data.fields..a'] }, 'empty key'],
  [{ rename: { 'data.fields.a': 'data.severity' } }, 'must be a field below data.fields'],
  [{ rename: { 'data.fields.a': 'data.fields.__proto__.a' } }, '__proto__'],
  [{ lookup: { field: 'data.host', file: '/t.txt', into: 'data.fields.a' } }, 'must end in'],
  [{ lookup: { field: 'data.host', file: 't.csv', into: 'data.fields.a' } }, 'absolute'],
  [{ mask: { field: 'data.line', pattern: '(?=x)' } }, 'look-ahead'],
  [{ script: 'x' }, 'script'],
])('the step %j is refused', (step, words) => {
  expect(() => transformConfig.parse([step])).toThrow(words)
})
