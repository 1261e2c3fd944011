import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Expression } from '../../src/filter/cesql/ast.js'
import { formatExpression } from '../../src/filter/cesql/format.js'
import {
  compileFilter,
  FieldCheck,
  fieldUse,
  fieldUses,
  filterKey,
  parseFilter,
  withoutFields,
} from '../../src/filter/index.js'
import { repeats } from '../helpers/repeats.js'
import { options } from './cesql/events.js'
import { event, expression } from './cesql/model.js'
import { frameAt } from './frames.js'
import { comparison, filterJson, event as plainEvent } from './model.js'

function check(filter: object, ...bodies: unknown[]): FieldCheck {
  const found = new FieldCheck(fieldUses(parseFilter(filter as never)))
  for (const data of bodies) {
    const { bytes, at } = frameAt({ tag: 'a', data })
    if (!found.look(bytes, at)) break
  }
  return found
}

const unmet = (filter: object, ...bodies: unknown[]) =>
  check(filter, ...bodies).unmet.map(({ use, seen }) => [use.field, ...seen])

describe('a check of fields', () => {
  it('finds the fields that no event has, and their kinds where these cannot match', () => {
    const sql = `data.mesage = 'x' AND data.n = 'high' AND data.text > 5 AND EXISTS data.seen`
    expect(unmet({ sql }, { message: 'x', n: 1, text: 'five', seen: [] })).toEqual([
      ['data.mesage'],
      ['data.n', 'number'],
      ['data.text', 'text'],
    ])
  })

  it('ends as soon as each field has a value that can match', () => {
    const found = check({ sql: 'data.n > 5' }, { m: 1 }, { n: 'x' }, { n: '7' }, { n: 8 })
    expect(found.unmet).toEqual([])
    expect(found.looked).toBe(3)
  })

  it.each([
    [`data.x >= 'text'`, true],
    [`data.x >= '2026-11-21'`, true],
    [`time >= 'yesterday'`, true],
    [`'text' < data.x`, true],
    [`data.x >= '2026-11-21T10:00:00Z'`, false],
    [`data.x >= '15'`, false],
    ['data.x >= 1.5', false],
    [`data.x = 'text'`, false],
    [`data.x <> 'text'`, false],
  ])('%s: that it cannot match is certain: %s', (sql, isCertain) => {
    const [use] = fieldUses(parseFilter({ sql }))
    expect(use.kinds?.length === 0).toBe(isCertain)
  })

  it('looks into every part of a filter, but for no field that all events have', () => {
    const filter = {
      any: [{ not: { prefix: { 'data.a': 'x' } } }, { exact: { tag: 'a', region: 'north' } }, { kind: 3 }],
    }
    expect(
      fieldUses(parseFilter(filter))
        .map(({ field }) => field)
        .sort(),
    ).toEqual(['data.a', 'region'])
    expect(fieldUses(parseFilter(`a/*`))).toEqual([])
    expect(fieldUse('type')).toEqual([])
    expect(fieldUse('data.a-b')).toEqual([{ field: 'data.a-b', written: 'data.a-b' }])
  })

  it('knows a bounded number of names of fields', () => {
    const body = Object.fromEntries(Array.from({ length: 900 }, (_, n) => [`k${n}`, { inner: n }]))
    const { names } = check({ exact: { 'data.mesage': 1 } }, body, body)
    expect(names.length).toBe(1000)
    expect(names.slice(0, 2)).toEqual(['data.k0', 'data.k0.inner'])
  })

  it('never says of a comparison that matches an event that it cannot match', () => {
    fc.assert(
      fc.property(expression, event, (expression, event) => {
        const filter = readSql(expression)
        fc.pre(filter !== undefined)
        const { bytes, at } = frameAt(event)
        fc.pre(compileFilter(filter!, options).matches(bytes, at))
        const found = new FieldCheck(fieldUses(filter!))
        found.look(bytes, at)
        const wrong = found.unmet.filter(({ use }) => use.comparison === formatExpression(expression))
        expect(wrong).toEqual([])
      }),
      { numRuns: repeats(250, 20000) },
    )
  })

  it('never says of a comparison in JSON that matches an event that it cannot match', () => {
    fc.assert(
      fc.property(comparison, plainEvent, (json, event) => {
        const filter = parseFilter(json as never)
        const { bytes, at } = frameAt(event)
        fc.pre(compileFilter(filter, options).matches(bytes, at))
        const found = new FieldCheck(fieldUses(filter))
        found.look(bytes, at)
        expect(found.unmet).toEqual([])
      }),
      { numRuns: repeats(125, 10000) },
    )
  })

  it('leaves a filter that matches all events that the whole filter matches', () => {
    fc.assert(
      fc.property(filterJson, plainEvent, (json, event) => {
        const filter = parseFilter(json as never)
        const rest = withoutFields(filter)
        const { bytes, at } = frameAt(event)
        if (compileFilter(filter, options).matches(bytes, at))
          expect(compileFilter(rest, options).matches(bytes, at), filterKey(rest)).toBe(true)
      }),
      { numRuns: repeats(250, 20000) },
    )
  })
})

function readSql(expression: Expression) {
  try {
    return parseFilter({ sql: formatExpression(expression) })
  } catch {
    return undefined
  }
}
