import { expect, it } from 'vitest'
import { keyedChangesBetween } from '../../../src/config/commits/keyed-changes.js'
import type { JsonSchema } from '../../../src/config/json-schema.js'

const schema: JsonSchema = {
  properties: {
    log: { properties: { age: {} } },
    streams: { items: { properties: { name: {}, filter: {}, pin: { secret: true } } } },
    routes: { items: { properties: { to: {} } } },
    names: { items: {} },
    empty: {},
  },
}
const changes = (before: unknown, after: unknown) => keyedChangesBetween(schema, before, after)
const stream = (name: string, filter = 'a/') => ({ name, filter })

it('entries with names are found by them, wherever they stand', () => {
  const before = { streams: [stream('a'), stream('b'), stream('c')] }
  const after = { streams: [stream('d', 'x/'), stream('c', 'c/'), stream('a')] }
  expect(changes(before, after)).toEqual([
    { path: '/streams{b}', op: 'delete' },
    { path: '/streams{c}/filter', op: 'set', old: 'a/', new: 'c/' },
    { path: '/streams{d}', op: 'create' },
    { path: '/streams{d}/filter', op: 'set', new: 'x/' },
  ])
  expect(changes(before, { streams: [...before.streams].reverse() })).toEqual([])
})

it('a list that is new or gone is its entries', () => {
  const all = { streams: [stream('a b')] }
  expect(changes({}, all)).toEqual([
    { path: '/streams{"a b"}', op: 'create' },
    { path: '/streams{"a b"}/filter', op: 'set', new: 'a/' },
  ])
  expect(changes(all, {})).toEqual([{ path: '/streams{"a b"}', op: 'delete' }])
  expect(changes(all, { streams: [] })).toEqual([{ path: '/streams{"a b"}', op: 'delete' }])
})

it('entries without names, or with one twice, are found by their places', () => {
  expect(changes({ routes: [{ to: 'a' }] }, { routes: [{ to: 'b' }, { to: 'c' }] })).toEqual([
    { path: '/routes{0}/to', op: 'set', old: 'a', new: 'b' },
    { path: '/routes{1}', op: 'create' },
    { path: '/routes{1}/to', op: 'set', new: 'c' },
  ])
  expect(changes({ streams: [stream('a')] }, { streams: [stream('a'), stream('a')] })).toMatchObject([
    { path: '/streams{1}', op: 'create' },
    { path: '/streams{1}/name' },
    { path: '/streams{1}/filter' },
  ])
})

it('maps are shown key by key, lists of values as one, and an empty map as created', () => {
  expect(changes({ log: { age: '7d' } }, { names: ['a'], empty: {} })).toEqual([
    { path: '/log/age', op: 'delete', old: '7d' },
    { path: '/names', op: 'set', new: ['a'] },
    { path: '/empty', op: 'create', new: {} },
  ])
})

it('secrets are masked in entries too', () => {
  const pinned = (pin: string) => ({ streams: [{ name: 'a', pin }] })
  expect(changes(pinned('one'), pinned('two'))).toEqual([
    { path: '/streams{a}/pin', op: 'set', old: '***', new: '***' },
  ])
})
