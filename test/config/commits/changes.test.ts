import { expect, it } from 'vitest'
import { changesBetween } from '../../../src/config/commits/changes.js'
import type { JsonSchema } from '../../../src/config/json-schema.js'

const schema: JsonSchema = {
  properties: {
    log: { properties: { age: {}, bytes: {} } },
    salt: { items: { properties: { bus: {}, pin: { secret: true } }, additionalProperties: false } },
    sources: { items: { properties: { name: {}, at: {} } } },
    names: { items: {} },
    rules: {
      additionalProperties: { properties: { labels: { additionalProperties: {}, default: {} } } },
      default: {},
    },
    tokens: { additionalProperties: {} },
  },
}
const changes = (before: unknown, after: unknown) =>
  changesBetween(schema, before, after).map(({ path: _, ...change }) => change)

it('names each key that is created, modified or deleted', () => {
  expect(changes({ log: { age: '7d', bytes: '1GiB' } }, { log: { age: '8d' }, names: ['a'] })).toEqual([
    { key: 'log.age', op: 'modify', old: '7d', new: '8d' },
    { key: 'log.bytes', op: 'delete', old: '1GiB' },
    { key: 'names', op: 'create', new: ['a'] },
  ])
})

it('goes into maps and lists of maps that are new or gone, and takes lists of values as one', () => {
  expect(changes({}, { salt: [{ bus: 'a' }], log: {} })).toEqual([
    { key: 'salt[0].bus', op: 'create', new: 'a' },
    { key: 'log', op: 'create', new: {} },
  ])
  expect(changes({ salt: [{ bus: 'a' }, { bus: 'b' }] }, { salt: [{ bus: 'b' }] })).toEqual([
    { key: 'salt[0].bus', op: 'modify', old: 'a', new: 'b' },
    { key: 'salt[1].bus', op: 'delete', old: 'b' },
  ])
  expect(changes({ names: ['a'] }, { names: ['a', 'b'] })).toEqual([
    { key: 'names', op: 'modify', old: ['a'], new: ['a', 'b'] },
  ])
})

it('says the name of an entry of a list, unless it is another one or hidden', () => {
  const entries = (before: object[], after: object[]) =>
    changes({ sources: before }, { sources: after }).map(({ key, entry }) => [key, entry])
  const [a, b] = [
    { name: 'a', at: 1 },
    { name: 'b', at: 2 },
  ]
  expect(entries([a, b], [a, { name: 'b', at: 3 }])).toEqual([['sources[1].at', 'b']])
  expect(entries([a], [a, b])).toEqual([
    ['sources[1].name', 'b'],
    ['sources[1].at', 'b'],
  ])
  expect(entries([a], [b])).toEqual([
    ['sources[0].name', undefined],
    ['sources[0].at', undefined],
  ])
  // Entries that move are compared with others, by their places.
  expect(entries([a, b], [b])).toEqual([
    ['sources[0].name', undefined],
    ['sources[0].at', undefined],
    ['sources[1].name', undefined],
    ['sources[1].at', undefined],
  ])
  expect(entries([b], [a, b]).map(([, entry]) => entry)).toEqual([undefined, undefined, undefined, undefined])
  expect(entries([a, b], [a])).toEqual([
    ['sources[1].name', 'b'],
    ['sources[1].at', 'b'],
  ])
  const hidden = (name: string, pin: string) => ({ salt: [{ name, pin }] })
  expect(changes(hidden('x', '1'), hidden('x', '2'))).toEqual([
    { key: 'salt[0].pin', op: 'modify', old: '***', new: '***' },
  ])
})

it('takes a map of entries that are none by default for the same as no map', () => {
  expect(changes({}, { rules: {} })).toEqual([])
  expect(changes({ rules: {} }, {})).toEqual([])
  expect(changes({ rules: { a: {} } }, { rules: { a: { labels: {} } } })).toEqual([])
  // What is there only if it is written has changed.
  expect(changes({}, { tokens: {} })).toEqual([{ key: 'tokens', op: 'create', new: {} }])
  expect(changes({}, { rules: { a: { labels: {} } } })).toEqual([
    { key: 'rules.a', op: 'create', new: { labels: {} } },
  ])
  expect(changes({ rules: { a: { labels: {} } } }, { rules: {} })).toEqual([
    { key: 'rules.a', op: 'delete', old: { labels: {} } },
  ])
})

it('shows that a secret has changed, but not the secret', () => {
  expect(changes({ salt: [{ pin: '1' }] }, { salt: [{ pin: '2' }], names: [{ password: 'x' }] })).toEqual([
    { key: 'salt[0].pin', op: 'modify', old: '***', new: '***' },
    { key: 'names[0].password', op: 'create', new: '***' },
  ])
  expect(changes({}, { log: { age: 'https://user:secret@host' } })).toMatchObject([
    { new: 'https://user:***@host' },
  ])
})

it('shows nothing of what stands where nothing or something else belongs, as a secret may', () => {
  const sink: JsonSchema = {
    properties: {
      url: { kind: 'URL' },
      headers: { additionalProperties: { secret: true } },
      servers: { items: {} },
    },
    additionalProperties: false,
  }
  const shown = (value: object) => JSON.stringify(changesBetween(sink, {}, value))
  for (const value of [
    { headrs: { Key: 'hidden' } },
    { headers: { Key: ['hidden', { a: 'hidden' }] } },
    { headers: 'hidden' },
    { url: ['https://host/hidden'] },
    { url: 'host/hidden' },
    { servers: ['nats://hidden@host', 'nats://user:hidden@host'] },
  ]) {
    expect(shown(value)).toContain('***')
    expect(shown(value)).not.toContain('hidden')
  }
  expect(shown({ servers: ['nats://host'] })).toContain('nats://host')
})

it('takes a name that every object has for one like any other', () => {
  for (const name of ['constructor', 'toString']) {
    const rules = { rules: { a: {}, [name]: {} } }
    expect(changes({ rules: { a: {} } }, rules)).toEqual([{ key: `rules.${name}`, op: 'create', new: {} }])
    expect(changes(rules, { rules: { a: {} } })).toEqual([{ key: `rules.${name}`, op: 'delete', old: {} }])
    expect(changes({}, { tokens: { [name]: 1 } })).toEqual([{ key: `tokens.${name}`, op: 'create', new: 1 }])
  }
})

it('hides what is below a key that is named like a secret, whatever its form', () => {
  expect(changes({}, { names: [{ token: { value: 'x', list: ['y'] } }] })).toEqual([
    { key: 'names[0].token.value', op: 'create', new: '***' },
    { key: 'names[0].token.list', op: 'create', new: ['***'] },
  ])
})
