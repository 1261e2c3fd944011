import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Edit } from '../../../src/config/commits/edits.js'
import { withKeptSecrets } from '../../../src/config/commits/kept-secrets.js'
import { parseKey } from '../../../src/config/commits/key.js'
import type { JsonSchema } from '../../../src/config/json-schema.js'

const entry: JsonSchema = {
  remote: 'owner',
  properties: {
    name: {},
    place: { kind: 'host:port' },
    url: { kind: 'URL' },
    topic: {},
    body: {},
    headers: { additionalProperties: { secret: true } },
    tls: { destination: true, properties: { serverName: {} } },
  },
}
const schema: JsonSchema = {
  properties: {
    sinks: { additionalProperties: entry },
    sources: { properties: { mqtt: { items: entry } } },
  },
}
const content = {
  sinks: {
    chat: { url: 'https://chat.example/key', topic: 'a', headers: { 'X-Key': 'hidden', 'X-Other': 'too' } },
    plain: { place: 'a:1', headers: { 'X-Key': 'plain' } },
  },
  sources: {
    mqtt: [
      { name: 'one', place: 'one:1', headers: { 'X-Key': 'first' } },
      { name: 'two', place: 'two:2', headers: { 'X-Key': 'second' } },
    ],
  },
}
const set = (key: string, value: unknown): Edit => ({ path: parseKey(key), value })
const remove = (key: string): Edit => ({ path: parseKey(key), delete: true })
const edited = (...edits: Edit[]) =>
  withKeptSecrets(schema, content, edits, false).map((each) => ('delete' in each ? 'deleted' : each.value))
const again = (key: string) => expect.objectContaining({ code: 'TCN_CONFIG_SECRET', details: { key } })

it('a mask keeps the secret that it stands for', () => {
  expect(
    edited(
      set('sinks.chat.headers.X-Key', '***'),
      set('sinks.chat.url', 'https://chat.example/***'),
      set('sinks.chat', {
        url: 'https://chat.example/***',
        topic: 'b',
        headers: { 'X-Key': '***', New: 'x' },
      }),
    ),
  ).toEqual([
    'hidden',
    'https://chat.example/key',
    { url: 'https://chat.example/key', topic: 'b', headers: { 'X-Key': 'hidden', New: 'x' } },
  ])
})

it('a mask that stands for nothing is no secret, and elsewhere it is a text', () => {
  expect(() => edited(set('sinks.new', { headers: { 'X-Key': '***' } }))).toThrow(
    again('sinks.new.headers.X-Key'),
  )
  expect(() => edited(set('sinks.chat.url', 'https://other.example/***'))).toThrow(again('sinks.chat.url'))
  expect(() => edited(remove('sinks.chat.headers.X-Key'), set('sinks.chat.headers.X-Key', '***'))).toThrow(
    again('sinks.chat.headers.X-Key'),
  )
  expect(edited(set('sinks.chat.topic', '***'))).toEqual(['***'])
})

it('a kept secret is not sent elsewhere, whichever way that is asked for', () => {
  for (const edits of [
    [set('sinks.plain.place', 'b:1')],
    [set('sinks.plain.tls', { serverName: 'b' })],
    [set('sinks.plain', { place: 'b:1', headers: { 'X-Key': '***' } })],
    [set('sinks.plain.topic', 'b'), set('sinks.plain.place', 'b:1')],
    [remove('sinks.plain.place')],
  ])
    expect(() => edited(...edits)).toThrow(again('sinks.plain.headers.X-Key'))
  // The path of an address is one of the secrets, and its host alone is none.
  expect(() =>
    withKeptSecrets(
      schema,
      { sinks: { a: { url: 'https://a/' } } },
      [set('sinks.a.tls.serverName', 'b')],
      false,
    ),
  ).not.toThrow()
  expect(() => edited(set('sinks.chat.tls.serverName', 'b'))).toThrow(again('sinks.chat.url'))
})

it('it is when all secrets are given again, or go', () => {
  const url = set('sinks.chat.url', 'https://other.example/')
  expect(() => edited(url, set('sinks.chat.headers.X-Key', 'hidden'))).toThrow(
    again('sinks.chat.headers.X-Other'),
  )
  expect(edited(url, set('sinks.chat.headers', { 'X-Key': 'hidden', 'X-Other': 'too' }))).toHaveLength(2)
  expect(edited(url, remove('sinks.chat.headers'))).toEqual(['https://other.example/', 'deleted'])
  expect(edited(set('sinks.plain', { place: 'b:1', headers: { 'X-Key': 'plain' } }))).toHaveLength(1)
})

it('the entries of a list keep their secrets where they are, under whatever number', () => {
  expect(edited(remove('sources.mqtt[0]'), set('sources.mqtt[0].headers.X-Key', '***'))).toEqual([
    'deleted',
    'second',
  ])
  expect(edited(set('sources.mqtt[]', { name: 'three', place: 'three:3' }))).toHaveLength(1)
  for (const edits of [
    [remove('sources.mqtt[0]'), set('sources.mqtt[0].place', 'one:1')],
    [set('sources.mqtt', [{ name: 'two', place: 'one:1', headers: { 'X-Key': '***' } }])],
    [set('sources.mqtt[1].name', 'one'), set('sources.mqtt[1].place', 'one:1')],
  ])
    expect(() => edited(...edits)).toThrow('must be given again')
  expect(() => edited(set('sources.mqtt[]', { headers: { 'X-Key': '***' } }))).toThrow('stands for')
})

it('a list without names keeps its secrets only while its entries stay as they are', () => {
  const body = (...content: unknown[]) =>
    withKeptSecrets(schema, { sinks: { free: { body: stored } } }, [set('sinks.free.body', content)], true)
  const stored = [
    { to: 'a', token: 'first' },
    { to: 'b', token: 'second' },
    { apiSecret: ['third', 'fourth'] },
  ]
  const a = { to: 'a', token: '***' }
  const b = { to: 'b', token: '***' }
  const secrets = { apiSecret: ['***', '***'] }
  const kept = (edits: Edit[]) => edits.map((each) => 'value' in each && each.value)
  expect(kept(body(a, b, secrets))).toEqual([stored])
  expect(kept(body(a, { to: 'c', token: 'new' }, secrets))).toEqual([
    [stored[0], { to: 'c', token: 'new' }, stored[2]],
  ])
  for (const content of [
    [b, secrets],
    [b, a, secrets],
    [a, { ...b, to: 'c' }, secrets],
    [a, b, secrets, {}],
  ])
    expect(() => body(...content)).toThrow('is a mask')
})

it('a secret that is no text is kept as well', () => {
  const stored = { token: 12345, password: true, secret: null }
  const masked = { token: '***', password: '***', secret: '***' }
  const edit = set('sinks.free.body', { to: 'b', ...masked })
  expect(withKeptSecrets(schema, { sinks: { free: { body: stored } } }, [edit], true)).toEqual([
    { ...edit, value: { to: 'b', ...stored } },
  ])
})

it('a text that only has stars in it is no mask', () => {
  for (const [key, text] of [
    ['sinks.chat.topic', 'who may write to ***@example.com?'],
    ['sinks.chat.headers.New', 'se***ret'],
    ['sinks.chat.headers.New', 'file:/etc/***'],
    ['sinks.new.url', 'https://other.example/a***b'],
  ])
    expect(edited(set(key, text), remove('sinks.chat'))).toEqual([text, 'deleted'])
  expect(() => edited(set('sinks.chat.topic', 'mqtt://me:***@a'))).toThrow(again('sinks.chat.topic'))
})

it('a number beyond the end of a list is refused before there is such a list', () => {
  const refusal = expect.objectContaining({
    code: 'TCN_CONFIG_EDIT',
    message: expect.stringContaining('sources.mqtt has 2 entries'),
  })
  for (const edit of [
    set('sources.mqtt[999999].name', 'a'),
    remove('sources.mqtt[999999].name'),
    set('sources.mqtt[3]', {}),
  ])
    expect(() => edited(edit)).toThrow(refusal)
  expect(() => edited(set('sources.other[1]', 'a'))).toThrow('sources.other has 0 entries')
})

it('an editor who may read the file is not asked', () => {
  const edits = [set('sinks.plain.place', 'b:1'), set('sinks.plain.headers.X-Key', '***')]
  expect(withKeptSecrets(schema, content, edits, true)).toEqual([
    edits[0],
    { path: ['sinks', 'plain', 'headers', 'X-Key'], value: 'plain' },
  ])
})

it('masks in a list stand for the secrets of the entries of these names, which are sent nowhere else', () => {
  const letters = ['a', 'b', 'c', 'd']
  const of = (name: string, place: string, key = `secret ${name}`) => ({
    name,
    place,
    headers: { 'X-Key': key },
  })
  const stored = { sources: { mqtt: letters.map((name) => of(name, `${name}:1`)) } }
  const given = fc.shuffledSubarray(letters).chain((names) => {
    const place = fc.constantFrom('own', 'own', 'own', 'a:1', 'evil:1')
    return fc.tuple(fc.constant(names), fc.array(place, { minLength: 4, maxLength: 4 }))
  })
  let kept = 0
  fc.assert(
    fc.property(given, fc.boolean(), ([names, places], mayReadFile) => {
      const placeOf = (at: number) => (places[at] === 'own' ? `${names[at]}:1` : places[at])
      const edit = set(
        'sources.mqtt',
        names.map((name, at) => of(name, placeOf(at), '***')),
      )
      const run = () => withKeptSecrets(schema, stored, [edit], mayReadFile)
      const isSentElsewhere = names.some((name, at) => placeOf(at) !== `${name}:1`)
      if (isSentElsewhere && !mayReadFile) {
        expect(run).toThrow('would be sent elsewhere')
        return
      }
      kept++
      expect(run()).toEqual([{ ...edit, value: names.map((name, at) => of(name, placeOf(at))) }])
    }),
    { numRuns: 500 },
  )
  expect(kept).toBeGreaterThan(20)
})

it('an entry of a list keeps its secret under a new name only if it is the only one with another', () => {
  const of = (name: string | undefined, key: string) => ({ name, place: 'a:1', headers: { 'X-Key': key } })
  const edit = (stored: object[], names: (string | undefined)[]) => {
    const masked = set(
      'sources.mqtt',
      names.map((name) => of(name, '***')),
    )
    const [made] = withKeptSecrets(schema, { sources: { mqtt: stored } }, [masked], true)
    return 'value' in made && made.value
  }
  const stored = ['a', 'b', 'c'].map((name) => of(name, `secret ${name}`))
  expect(edit(stored, ['c', 'x', 'a'])).toEqual([
    of('c', 'secret c'),
    of('x', 'secret b'),
    of('a', 'secret a'),
  ])
  for (const names of [
    ['y', 'x', 'c'],
    ['a', 'x'],
    ['a', 'b', 'c', 'x'],
  ])
    expect(() => edit(stored, names)).toThrow('is a mask')
  expect(() => edit([of(undefined, 'secret'), stored[1]], ['x', 'b'])).toThrow('is a mask')
})
