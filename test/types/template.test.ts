import { expect, test } from 'vitest'
import { Event } from '../../src/event/event.js'
import { compileTemplate, fieldValues, type TemplateJson } from '../../src/types/template.js'
import { ruleFrame } from '../rules/rule-events.js'

const OWN = new Set(['rule', 'count', 'cursor', 'time'])
const field = (name: string) => `\${${name}}`

function rendered(json: TemplateJson, data: unknown): unknown {
  const template = compileTemplate(json, OWN)
  const event = new Event(ruleFrame({ tag: 'a/b', at: 1, data, attributes: { severity: 'high' } }))
  const own = { rule: 'r', count: 2, cursor: 'e-1', time: 'then' }
  return template.render(fieldValues(event, template.fields, () => 'some.type', own))
}

test('a text that is exactly one field has its value, with its type', () => {
  const data = { n: 1.5, yes: true, list: [1, { a: null }], text: '"x"' }
  const json = {
    n: field('data.n'),
    yes: field('data.yes'),
    deep: [field('data.list')],
    text: field('data.text'),
    inner: field('data.list.1'),
  }
  expect(rendered(json, data)).toEqual({
    n: 1.5,
    yes: true,
    deep: [[1, { a: null }]],
    text: '"x"',
    inner: { a: null },
  })
})

test('fields within a text are written as text, and what is not text as JSON', () => {
  expect(
    rendered(`${field('data.host')}: ${field('data.n')} of ${field('data.of')}`, {
      host: 'w"1',
      n: 3,
      of: [1, 'a'],
    }),
  ).toBe('w"1: 3 of [1,"a"]')
})

test('a field that the event does not have is null alone, and nothing within a text', () => {
  expect(
    rendered([field('data.no'), `<${field('data.no.deeper')}>`, field('data.constructor')], { no: 'text' }),
  ).toEqual(['text', '<>', null])
})

test('a template knows tag, source, type, time, cursor, rule, count and attributes', () => {
  const names = ['tag', 'subject', 'source', 'type', 'kind', 'severity', 'time', 'cursor', 'rule', 'count']
  expect(rendered(names.map(field), {})).toEqual([
    'a/b',
    'a/b',
    'test',
    'some.type',
    0,
    'high',
    'then',
    'e-1',
    'r',
    2,
  ])
})

test('a dollar that is doubled stands for itself, and other text is left alone', () => {
  expect(rendered(`$${field('tag')} costs $5 {a} $ ${field(' tag ')}`, {})).toBe(
    `${field('tag')} costs $5 {a} $ a/b`,
  )
})

test.each([
  ['an open brace', '${data.a'],
  ['an unknown field', field('Data')],
  ['an empty field', field('')],
  ['an empty key', field('data..a')],
])('a template with %s is refused', (_what, text) => {
  expect(() => compileTemplate({ a: [text] }, OWN)).toThrow(
    expect.objectContaining({ code: 'TCN_RULE_TEMPLATE' }),
  )
})

test('a template is bounded in depth and in size', () => {
  const deep = Array.from({ length: 20 }).reduce<TemplateJson>((inner) => [inner], 1)
  expect(() => compileTemplate(deep, OWN)).toThrow(/deeper than 16/)
  expect(() =>
    compileTemplate(
      Array.from({ length: 300 }, () => 1),
      OWN,
    ),
  ).toThrow(/more than 256/)
})
