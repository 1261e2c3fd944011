import { expect, it } from 'vitest'
import { valueAt } from '../../console/hub/key-values.js'
import {
  editsOf,
  emptied,
  entryOf,
  fieldsOf,
  fieldsWith,
  fieldValue,
  hasLines,
  neededAgain,
  outdated,
} from '../../console/pages/bus/entry/entry-model.js'
import { isListOfMaps, keyOfMaps, mapsIn, textOfMaps } from '../../console/pages/bus/entry/list-model.js'
import type { ConfigKey } from '../../src/methods/contract/index.js'

const about = (key: string, more: Partial<ConfigKey> = {}): ConfigKey => ({
  key,
  description: '',
  value: 'text',
  words: [],
  default: '',
  examples: [],
  required: false,
  secret: false,
  destination: false,
  reach: 'owner',
  within: 'owner',
  effect: 'now',
  ...more,
})
const keys = [
  about('sinks.chat'),
  about('sinks.chat.url', { value: 'URL', destination: true }),
  about('sinks.chat.headers', { value: 'map' }),
  about('sinks.chat.retry.tries', { value: 'whole number 1 to 100' }),
  about('sinks.chat.topics', { value: 'list of text' }),
]
const value = (key: string, given: unknown, set = true) => ({ key: `sinks.chat.${key}`, value: given, set })
const values = [
  value('url', 'https://chat.example/***'),
  value('headers.X-Key', '***'),
  value('headers."a b"', '***'),
  value('retry.tries', 10, false),
  value('topics[0]', 'a'),
  value('topics[1]', 'b'),
]
const fields = fieldsOf(keys, valueAt('sinks.chat', values))

it('the fields of an entry have what the file says, put together again', () => {
  expect(Object.fromEntries(fields.map(({ name, value }) => [name, value]))).toEqual({
    url: 'https://chat.example/***',
    headers: { 'X-Key': '***', 'a b': '***' },
    'retry.tries': undefined,
    topics: ['a', 'b'],
  })
})

it('only what was typed is edited, and an empty field takes the key away', () => {
  expect(editsOf(fields, new Map([['url', 'https://chat.example/***']]))).toEqual([])
  expect(
    editsOf(
      fields,
      new Map([
        ['retry.tries', '3'],
        ['topics', ''],
      ]),
    ),
  ).toEqual([
    { key: 'sinks.chat.retry.tries', value: 3 },
    { key: 'sinks.chat.topics', delete: true },
  ])
})

it('a map goes with the last of its keys that is set', () => {
  const keys = ['', '.alert.name', '.alert.until.filter', '.alert.until.within', '.after.count', '.fire.tag']
  const rule = fieldsOf(
    keys.map((key) => about(`rules.r${key}`)),
    { alert: { name: 'a', until: { filter: 'b/' } }, after: { count: '3' } },
  )
  const edits = (typed: Record<string, string>) => editsOf(rule, new Map(Object.entries(typed)))
  expect(edits({ 'alert.name': '', 'alert.until.filter': ' ', 'after.count': '4', 'fire.tag': 'c' })).toEqual(
    [
      { key: 'rules.r.after.count', value: '4' },
      { key: 'rules.r.fire.tag', value: 'c' },
      { key: 'rules.r.alert', delete: true },
    ],
  )
  expect(edits({ 'alert.until.filter': '' })).toEqual([{ key: 'rules.r.alert.until', delete: true }])
  expect(edits({ 'alert.until.filter': '', 'alert.until.within': '5m' })).toEqual([
    { key: 'rules.r.alert.until.within', value: '5m' },
    { key: 'rules.r.alert.until.filter', delete: true },
  ])
  expect(edits({ 'fire.tag': ' ' })).toEqual([])
  const gone = (typed: Record<string, string>) => emptied(rule, new Map(Object.entries(typed)))
  expect(gone({ 'alert.name': '', 'alert.until.filter': ' ', 'fire.tag': '' })).toEqual(['alert'])
  expect(gone({ 'alert.until.filter': '', 'after.count': '4' })).toEqual(['alert.until'])
})

it('a new entry is a map of maps', () => {
  const typed = new Map([
    ['url', 'https://a/'],
    ['retry.tries', '3'],
    ['headers', '{"X":"1"}'],
  ])
  expect(entryOf(fieldsOf(keys, undefined), typed)).toEqual({
    url: 'https://a/',
    retry: { tries: 3 },
    headers: { X: '1' },
  })
})

it('what is typed is read as the key takes it', () => {
  expect(fieldValue(about('x'), '12')).toBe('12')
  expect(fieldValue(about('x', { value: '`true` or `false`', words: ['true', 'false'] }), 'true')).toBe(true)
  expect(fieldValue(about('x', { value: '`on` or `off`', words: ['on', 'off'] }), 'on')).toBe('on')
  expect(fieldValue(about('x', { value: 'filters' }), '["a/","b/"]')).toEqual(['a/', 'b/'])
  expect(fieldValue(about('x', { value: 'text or list of text' }), '["a"]')).toEqual(['a'])
  expect(fieldValue(about('x'), ' ')).toBe(undefined)
})

it('a text of JSON stays a text', () => {
  const body = about('x', { value: 'any' })
  expect(fieldValue(body, '{"a":2}', '{"a":1}')).toBe('{"a":2}')
  expect(fieldValue(body, '{"a":2}', { a: 1 })).toEqual({ a: 2 })
  expect(fieldValue(body, '{"a":2}')).toEqual({ a: 2 })
  expect(fieldValue(about('x', { value: 'filters' }), '["a/"]', 'b/')).toEqual(['a/'])
})

it('secrets are needed again when they would be sent elsewhere', () => {
  const names = (typed: [string, string][]) => neededAgain(fields, new Map(typed)).map(({ name }) => name)
  expect(names([['topics', '[]']])).toEqual([])
  expect(names([['url', 'https://b/']])).toEqual(['headers'])
  expect(
    names([
      ['url', 'https://b/'],
      ['headers', '{"X-Key":"new"}'],
    ]),
  ).toEqual([])
})

it('what the hub asks for again counts as given once it was typed, even if it is the same', () => {
  const asked = fieldsWith(fields, 'sinks.chat.topics[1]')
  expect(asked).toEqual(['topics'])
  expect(fieldsWith(fields, '')).toEqual([])
  const names = (typed: Map<string, string>) => neededAgain(fields, typed, asked).map(({ name }) => name)
  expect(names(new Map())).toEqual(['topics'])
  expect(editsOf(fields, new Map(), asked)).toEqual([])
  const same = new Map([['topics', '["a","b"]']])
  expect(names(same)).toEqual([])
  expect(editsOf(fields, same, asked)).toEqual([{ key: 'sinks.chat.topics', value: ['a', 'b'] }])
})

it('a mask is not given again by typing it', () => {
  const typed = new Map([['headers', '{"X-Key":"***"}']])
  expect(neededAgain(fields, typed, ['headers']).map(({ name }) => name)).toEqual(['headers'])
})

it('texts of several lines, conditions and templates keep their lines', () => {
  expect(hasLines({ name: 'text', value: 'a\nb' })).toBe(true)
  expect(hasLines({ name: 'where', value: undefined })).toBe(true)
  expect(hasLines({ name: 'body', value: { a: 1 } })).toBe(true)
  expect(hasLines({ name: 'text', value: 'a b' })).toBe(false)
  expect(fieldValue(about('x'), '  a\n  b\n')).toBe('  a\n  b\n')
  expect(fieldValue(about('x'), ' \n ')).toBe(undefined)
})

it('the maps of a list are changed one by one', () => {
  const list = 'rules.r.correlate.conditions'
  expect(isListOfMaps({ value: 'list of map' })).toBe(true)
  expect(isListOfMaps({ value: 'list of text' })).toBe(false)
  expect(keyOfMaps(list)).toBe(`${list}[]`)
  const keys = ['', '.name', '.line.text', '.by'].map((key) => about(`${list}[]${key}`))
  const maps = mapsIn('[{"name":"a","line":{"text":"x"}},{"name":"b","by":"c"},3]')
  expect(fieldsOf(keys, maps[0].value).map(({ name, value }) => [name, value])).toEqual([
    ['name', 'a'],
    ['line.text', 'x'],
    ['by', undefined],
  ])
  expect(textOfMaps(keys, maps)).toBe('[{"name":"a","line":{"text":"x"}},{"name":"b","by":"c"}]')
  const changed = maps.map((map) => ({ ...map, typed: new Map([['line.text', map.id === 0 ? '' : ' y ']]) }))
  expect(textOfMaps(keys, changed)).toBe('[{"name":"a"},{"name":"b","by":"c","line":{"text":"y"}}]')
  expect(textOfMaps(keys, [])).toBe('')
  expect(mapsIn('')).toEqual([])
})

it('what was not typed into a map of a list stays as it is', () => {
  const keys = ['', '.name', '.line.text', '.line.age', '.by'].map((key) => about(`list[]${key}`))
  const stored = '[{"by":"c","name":"a","line":{}},{"name":"b","own":[1],"line":{"text":"x","more":2}}]'
  const typedInto = (id: number, typed: [string, string][]) =>
    textOfMaps(
      keys,
      mapsIn(stored).map((map) => (map.id === id ? { ...map, typed: new Map(typed) } : map)),
    )
  expect(typedInto(0, [])).toBe(stored)
  expect(typedInto(0, [['name', 'd']])).toBe(stored.replace('"a"', '"d"'))
  expect(typedInto(1, [['line.text', 'y']])).toBe(stored.replace('"x"', '"y"'))
  expect(typedInto(1, [['line.text', '']])).toBe(stored.replace(',"line":{"text":"x","more":2}', ''))
  // Typed, and taken back.
  for (const typed of [
    ['line.age', ''],
    ['name', 'a'],
  ] as const)
    expect(typedInto(0, [[...typed]])).toBe(stored)
})

it('what was typed for a list or a map that somebody else has changed would take that back', () => {
  const typed = new Map([
    ['url', 'https://b/'],
    ['topics', '["a"]'],
    ['headers', '{}'],
  ])
  const names = (now: object) => outdated(fields, fieldsOf(keys, now), typed)
  const same = {
    url: 'https://chat.example/***',
    headers: { 'X-Key': '***', 'a b': '***' },
    topics: ['a', 'b'],
  }
  expect(names(same)).toEqual([])
  expect(names({ ...same, url: 'https://c/', retry: { tries: 3 } })).toEqual([])
  expect(names({ ...same, topics: ['a', 'b', 'c'] })).toEqual(['topics'])
  expect(names({ url: same.url })).toEqual(['topics', 'headers'])
  expect(outdated(fieldsOf(keys, {}), fields, typed)).toEqual(['topics', 'headers'])
})
