import fc from 'fast-check'
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
  changesBetween(schema, before, after).map(({ path: _, places: __, ...change }) => change)

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
    { key: 'salt[0].bus', op: 'delete', old: 'a' },
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
  expect(entries([a, b], [b])).toEqual([
    ['sources[0].name', 'a'],
    ['sources[0].at', 'a'],
  ])
  expect(entries([b], [a, b]).map(([, entry]) => entry)).toEqual(['a', 'a'])
  expect(entries([a, b], [a])).toEqual([
    ['sources[1].name', 'b'],
    ['sources[1].at', 'b'],
  ])
  const hidden = (name: string, pin: string) => ({ salt: [{ name, pin }] })
  expect(changes(hidden('x', '1'), hidden('x', '2'))).toEqual([
    { key: 'salt[0].pin', op: 'modify', old: '***', new: '***' },
  ])
})

it('knows an entry by its name, or by all of it, wherever it stands', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((name, at) => ({ name, at }))
  expect(changes({ sources: [a, b] }, { sources: [c, a, { ...b, at: 7 }] })).toEqual([
    { key: 'sources[0].name', op: 'create', entry: 'c', new: 'c' },
    { key: 'sources[0].at', op: 'create', entry: 'c', new: 2 },
    { key: 'sources[2].at', op: 'modify', entry: 'b', old: 1, new: 7 },
  ])
  expect(changes({ salt: [{ bus: 'a' }, { bus: 'b' }] }, { salt: [{ bus: 'c' }, { bus: 'b' }] })).toEqual([
    { key: 'salt[0].bus', op: 'modify', old: 'a', new: 'c' },
  ])
  expect(changes({ salt: [{ bus: 'a' }] }, { salt: [{ bus: 'b' }, { bus: 'a' }] })).toEqual([
    { key: 'salt[0].bus', op: 'create', new: 'b' },
  ])
})

it('shows the order of the entries that a list keeps, if it is another one', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((name, at) => ({ name, at }))
  expect(changes({ sources: [a, b, c] }, { sources: [c, { ...a, at: 5 }, { at: 9 }] })).toEqual([
    { key: 'sources', op: 'modify', order: true, old: ['a', 'c'], new: ['c', 'a'] },
    { key: 'sources[1].at', op: 'modify', entry: 'a', old: 0, new: 5 },
    { key: 'sources[1].name', op: 'delete', entry: 'b', old: 'b' },
    { key: 'sources[1].at', op: 'delete', entry: 'b', old: 1 },
    { key: 'sources[2].at', op: 'create', new: 9 },
  ])
  const pins = [{ pin: '1' }, { pin: '2' }]
  expect(changes({ salt: pins }, { salt: pins.toReversed() })).toEqual([
    { key: 'salt', op: 'modify', order: true, old: [0, 1], new: [1, 0] },
  ])
  const named = [
    { name: 'x', bus: 'a' },
    { name: 'y', bus: 'b' },
  ]
  expect(changes({ salt: named }, { salt: named.toReversed() })).toMatchObject([
    { old: ['***', '***'], new: ['***', '***'] },
  ])
})

it('says of each entry that is new, gone or another one, and of no other one, that it has changed', () => {
  const names = ['a', 'b', 'c', 'd', 'e']
  const entry = fc.record({ name: fc.constantFrom(...names), at: fc.nat(1) })
  const entries = fc.uniqueArray(entry, { selector: ({ name }) => name })
  fc.assert(
    fc.property(entries, entries, (before, after) => {
      const all = changes({ sources: before }, { sources: after })
      const [old, next] = [before, after].map((each) => new Map(each.map(({ name, at }) => [name, at])))
      const renamed = new Set(
        all
          .filter(({ key, op }) => key.endsWith('name') && op === 'modify')
          .flatMap(({ old, new: next }) => [old, next]),
      )
      const changed = names.filter((name) => old.get(name) !== next.get(name) && !renamed.has(name))
      const shown = new Set(all.flatMap(({ entry = [] }) => entry))
      expect([...shown].sort()).toEqual(changed)
      const kept = (list: typeof before) =>
        list.map(({ name }) => name).filter((name) => old.has(name) && next.has(name))
      if (kept(before).join() !== kept(after).join()) expect(all.some(({ order }) => order)).toBe(true)
    }),
  )
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
