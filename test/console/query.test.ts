import { describe, expect, it } from 'vitest'
import {
  type Choice,
  choose,
  conditionsOf,
  filterOf,
  paramsOf,
  queryIn,
} from '../../console/pages/events/query.js'

const nothing = { patterns: [], where: '', choices: [] }

function inAddress(choice: Choice): Choice {
  const params = new URLSearchParams()
  for (const [name, values] of Object.entries(paramsOf(choose(nothing, choice))))
    for (const value of values ?? []) params.append(name, value)
  return queryIn(new URLSearchParams(params.toString())).choices[0]
}

describe('a chosen value', () => {
  it.each([
    'red',
    '',
    '007',
    '20261122140102123456',
    'true',
    'null',
    '"quoted"',
    '{"a":1}',
    ' 1',
    1,
    -1.5,
    1e21,
    true,
    null,
  ])('is the same in the address: %j', (value) => {
    const choice = { field: 'data.jid', value, not: false }
    expect(inAddress(choice)).toEqual(choice)
  })

  it('that is a text of digits is compared as text', () => {
    const choice = inAddress({ field: 'data.jid', value: '20261122140102123456', not: false })
    expect(conditionsOf([choice])).toEqual(["data.jid = '20261122140102123456'"])
  })

  it('is readable in the address where it can be', () => {
    expect(paramsOf(choose(nothing, { field: 'source', value: 'host/a', not: false })).is).toEqual([
      'source=host/a',
    ])
  })
})

it('an address whose filter is no JSON leaves it to the hub to say so', () => {
  const query = queryIn(new URLSearchParams('filter={bad&is=data.x=007'))
  expect(filterOf(query)).toEqual({ all: ['{bad', { sql: "data.x = '007'" }] })
})
