import { describe, expect, it } from 'vitest'
import {
  type Choice,
  choose,
  conditionsOf,
  filterOf,
  formatText,
  paramsOf,
  parseText,
  queryIn,
} from '../../console/pages/events/query.js'
import { chooseSeverity } from '../../console/pages/events/severity-choice.js'

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

describe('the text of a filter', () => {
  it.each([
    ['', [], ''],
    ['  salt/job/  !*/x ', ['salt/job/', '!*/x'], ''],
    ['salt/ where data.n > 1 ', ['salt/'], 'data.n > 1'],
    ['WHERE tag = 1', [], 'tag = 1'],
    ['salt/ where ', ['salt/'], ''],
    ['nowhere where', ['nowhere', 'where'], ''],
    [
      'a/ {"exact": { "data.x": 1 }} !{"any": [ ]} b/',
      ['a/', '{"exact": { "data.x": 1 }}', '!{"any": [ ]}', 'b/'],
      '',
    ],
    [
      String.raw`{"exact": {"data.x": "} where \"{ y"}} where z = 1`,
      [String.raw`{"exact": {"data.x": "} where \"{ y"}}`],
      'z = 1',
    ],
    ['{"exact": {"a": 1}}b c', ['{"exact": {"a": 1}}b', 'c'], ''],
    ['{"exact": {"a": 1} where b', ['{"exact": {"a": 1} where b'], ''],
    ['\\{a b}', ['\\{a', 'b}'], ''],
    ['a/ "card refused" !"x where y" where z = 1', ['a/', '"card refused"', '!"x where y"'], 'z = 1'],
    ['"card refused', ['"card refused'], ''],
  ])('%s is read as patterns and a condition', (text, patterns, where) => {
    const parsed = parseText(text)
    expect(parsed).toEqual({ patterns, where })
    expect(parseText(formatText(parsed))).toEqual(parsed)
  })
})

it('an address whose filter is no JSON leaves it to the hub to say so', () => {
  const query = queryIn(new URLSearchParams('filter={bad&is=data.x=007'))
  expect(filterOf(query)).toEqual({ all: ['{bad', { sql: "data.x = '007'" }] })
})

it('words in quotation marks are searched among the events of the tags', () => {
  const query = { ...parseText('a/ b/ "card refused" !"test"'), choices: [] }
  expect(filterOf(query)).toEqual({
    all: [
      { any: [{ prefix: { tag: 'a/' } }, { prefix: { tag: 'b/' } }] },
      { grep: 'card refused' },
      { not: { grep: 'test' } },
    ],
  })
})

it('the choice of a severity is the last condition, is replaced by another, and is taken back', () => {
  const choose = (where: string, severity: 'err' | 'warning') =>
    chooseSeverity({ patterns: [], where, choices: [] }, severity).where
  expect(choose('', 'err')).toBe("severity >= 'err'")
  expect(choose("severity >= 'err'", 'err')).toBe('')
  expect(choose("severity >= 'err'", 'warning')).toBe("severity >= 'warning'")
  const both = choose('a = 1 OR b = 2', 'err')
  expect(both).toBe("(a = 1 OR b = 2) AND severity >= 'err'")
  expect(choose(both, 'warning')).toBe("(a = 1 OR b = 2) AND severity >= 'warning'")
  expect(choose(both, 'err')).toBe('(a = 1 OR b = 2)')
})
