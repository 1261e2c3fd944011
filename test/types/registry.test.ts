import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defineTypes, type EventType, hubTypes, TypeRegistry } from '../../src/types/index.js'

function types(tags: Record<string, string[]>): EventType[] {
  return Object.entries(tags).map(([type, tags]) => ({ type, tags }))
}

const registry = new TypeRegistry(
  types({
    'host.load': ['host/*/system/load'],
    'host.disk': ['host/*/system/disk/*'],
    'host.line': ['host/*/files/**'],
    'salt.job.ret': ['salt/job/*/ret/*'],
    'salt.job.new': ['salt/job/*/new'],
    'salt.auth': ['salt/auth'],
    'salt.other': ['salt/**'],
    'salt.start': ['minion_start', 'salt/minion/*/start'],
    'salt.bare': ['########', '########_*'],
    'salt.alive': ['__alive_*'],
    'salt.done': ['/salt/done_*', '/salt/done_it'],
  }),
)

const tag = fc
  .array(
    fc.constantFrom('salt', 'job', 'host', 'system', 'load', 'ret', 'files', 'auth', '20261120_1', '', 'é'),
    { minLength: 1, maxLength: 6 },
  )
  .map((segments) => segments.join('/'))

describe('the type of a tag', () => {
  it.each([
    ['host/web1/system/load', 'host.load'],
    ['host/web1/system/load/1', 'tocsin.event'],
    ['host/web1/system', 'tocsin.event'],
    ['host/web1/system/disk/%2Fvar', 'host.disk'],
    ['host/web1/files/nginx/line', 'host.line'],
    ['host/web1/files/a', 'host.line'],
    ['host/web1/files', 'tocsin.event'],
    ['host//system/load', 'host.load'],
    ['salt/job/2026/ret/wéb', 'salt.job.ret'],
    ['salt/job/2026/prog/1', 'salt.other'],
    ['salt/auth', 'salt.auth'],
    ['salt/auth/x', 'salt.other'],
    ['salt', 'tocsin.event'],
    ['salt/', 'salt.other'],
    ['minion_start', 'salt.start'],
    ['salt/minion/web1/start', 'salt.start'],
    ['20261120', 'salt.bare'],
    ['20261120_77', 'salt.bare'],
    ['20261120_', 'salt.bare'],
    ['2026112', 'tocsin.event'],
    ['2026112x', 'tocsin.event'],
    ['202611200', 'tocsin.event'],
    ['########', 'tocsin.event'],
    ['20261120/x', 'tocsin.event'],
    ['__alive_', 'salt.alive'],
    ['__alive_m1', 'salt.alive'],
    ['__alive', 'tocsin.event'],
    ['__alive_m1/x', 'tocsin.event'],
    ['/salt/done_add', 'salt.done'],
    ['/salt/done_it', 'salt.done'],
    ['/salt/done', 'tocsin.event'],
    ['x', 'tocsin.event'],
    ['/', 'tocsin.event'],
    ['*', 'tocsin.event'],
    ['host/*/system/load', 'host.load'],
  ])('%s is %s', (tag, type) => {
    expect(registry.typeOf(tag)).toBe(type)
  })

  it('prefers what is literal earlier, and tries what is left when that leads nowhere', () => {
    const types = new TypeRegistry(
      [{ type: 'a.literal', tags: ['a/*/c'] }],
      [{ type: 'a.later', tags: ['*/b/*'] }],
      [{ type: 'a.rest', tags: ['**'] }],
    )
    expect(types.typeOf('a/b/c')).toBe('a.literal')
    expect(types.typeOf('a/b/d')).toBe('a.later')
    expect(types.typeOf('a/x/d')).toBe('a.rest')
    expect(types.typeOf('a')).toBe('a.rest')
  })

  it('is the same for text and bytes, and like that of patterns read one by one', () => {
    const patterns = registry
      .list()
      .flatMap(({ type, tags }) => tags.map((tag) => ({ type, pattern: toRegExp(tag) })))
    fc.assert(
      fc.property(tag, (tag) => {
        const bytes = new TextEncoder().encode(`x${tag}/load`)
        expect(registry.typeOfBytes(bytes, 1, bytes.length - 5)).toBe(registry.typeOf(tag))
        const fitting = patterns.filter(({ pattern }) => pattern.test(tag)).map(({ type }) => type)
        expect(fitting.length === 0 ? ['tocsin.event'] : fitting).toContain(registry.typeOf(tag))
      }),
    )
  })

  it('does not depend on the tags before it', () => {
    const neighbours = fc.oneof(tag, fc.constantFrom('salt/job/1/ret/a', 'salt/job/22/ret/', 'salt/job//new'))
    fc.assert(
      fc.property(fc.array(neighbours), (tags) => {
        const typeOf = registry.typeOfNeighbours()
        for (const tag of tags) {
          const bytes = new TextEncoder().encode(`x${tag}/load`)
          expect(typeOf(bytes, 1, bytes.length - 5)).toBe(registry.typeOf(tag))
        }
      }),
    )
  })

  it('is no longer that of the tag before it when other types have taken its place', () => {
    const changing = new TypeRegistry(types({ 'a.any': ['a/*/x'] }))
    const typeOf = changing.typeOfNeighbours()
    const bytes = new TextEncoder().encode('a/b/x')
    const read = () => typeOf(bytes, 0, bytes.length)
    expect([read(), read()]).toEqual(['a.any', 'a.any'])
    changing.register(types({ 'a.one': ['a/b/x'] }))
    expect([read(), read()]).toEqual(['a.one', 'a.one'])
    changing.replace(new Set(['a.one']), types({ 'a.two': ['a/b/*'] }))
    expect([read(), read()]).toEqual(['a.two', 'a.two'])
  })

  it('is found for a tag of any length', () => {
    expect(registry.typeOf(`salt/${'é'.repeat(5000)}`)).toBe('salt.other')
    expect(registry.typeOf('/'.repeat(1024))).toBe('tocsin.event')
  })
})

describe('the registry', () => {
  it('gives what was registered, by name', () => {
    expect(registry.get('host.load')?.tags).toEqual(['host/*/system/load'])
    expect(registry.get('constructor')).toBeUndefined()
    expect(registry.list().map(({ type }) => type)).toEqual(
      [...registry.list().map(({ type }) => type)].sort(),
    )
  })

  it('refuses a type or a tag that is taken, and then takes nothing of the list', () => {
    const fresh = new TypeRegistry(types({ 'a.b': ['a/b'] }))
    expect(() => fresh.register(types({ 'c.d': ['c'], 'a.b': ['x'] }))).toThrow('"a.b": registered already')
    expect(() => fresh.register(types({ 'c.d': ['c'], 'e.f': ['a/b'] }))).toThrow(
      'the tag a/b belongs to a.b',
    )
    expect(() => fresh.register(types({ 'c.d': ['c', 'c'] }))).toThrow('the tag c belongs to c.d')
    expect(fresh.list().map(({ type }) => type)).toEqual(['a.b'])
    expect(fresh.typeOf('c')).toBe('tocsin.event')
  })

  it.each([
    [{ type: 'Host.load', tags: ['a'] }, 'a name is lower case'],
    [{ type: 'load', tags: ['a'] }, 'a name is lower case'],
    [{ type: 'host..load', tags: ['a'] }, 'a name is lower case'],
    [{ type: 'host.load', tags: [] }, 'a tag is expected'],
    [{ type: 'host.load', tags: ['a/*b'] }, '"a/*b" is no pattern'],
    [{ type: 'host.load', tags: ['a/b**'] }, '"a/b**" is no pattern'],
    [{ type: 'host.load', tags: ['a/'] }, '"a/" is no pattern'],
    [{ type: 'host.load', tags: ['a/**/b'] }, '"a/**/b" is no pattern'],
    [{ type: 'host.load', tags: ['a//b'] }, '"a//b" is no pattern'],
    [{ type: 'host.load', tags: [''] }, '"" is no pattern'],
    [{ type: 'host.load', tags: ['a'], correlation: ['data'] }, '"data" is no field'],
  ])('refuses %j', (definition, message) => {
    expect(() => defineTypes([definition])).toThrow(message)
    expect(() => defineTypes([definition])).toThrow(expect.objectContaining({ code: 'TCN_TYPE_INVALID' }))
  })
})

describe('the patterns of a registry', () => {
  it('make one that finds the same types', () => {
    const types = new TypeRegistry(hubTypes, [
      { type: 'a.shape', tags: ['a/x#'] },
      { type: 'a.name', tags: ['a/x*'] },
    ])
    const again = new TypeRegistry(types.patterns.map(([type, ...tags]) => ({ type, tags })))
    for (const tag of ['a/x1', 'a/x12', 'hub/started', 'hub/gap/a/b', 'b'])
      expect(again.typeOf(tag)).toBe(types.typeOf(tag))
  })

  it('are the same list until the types change', () => {
    const types = new TypeRegistry(hubTypes)
    const before = types.patterns
    expect(types.patterns).toBe(before)
    types.replace(new Set(), [{ type: 'a.b', tags: ['a'] }])
    expect(types.patterns).toEqual([...before, ['a.b', 'a']])
  })
})

describe('the types of the hub itself', () => {
  const hub = new TypeRegistry(hubTypes)

  it('stand under hub', () => {
    expect(hub.typeOf('hub/gap/files/nginx')).toBe('hub.gap')
    expect(hub.typeOf('hub/source/system')).toBe('hub.source')
    expect(hub.typeOf('hub/started')).toBe('hub.started')
    for (const { tags } of hubTypes) for (const tag of tags) expect(tag).toMatch(/^hub\//)
  })

  it('have a summary and a schema of an object whose required fields are there', () => {
    for (const { type, summary, schema } of hubTypes) {
      expect(summary, type).toMatch(/^[A-Z].*\.$/)
      expect(schema, type).toMatchObject({ type: 'object' })
      const { properties, required } = schema as { properties: object; required: string[] }
      expect(Object.keys(properties), type).toEqual(expect.arrayContaining(required))
    }
  })
})

function toRegExp(pattern: string): RegExp {
  const segments = pattern.split('/').map((segment) => {
    if (segment === '**') return '.*'
    return segment.replaceAll('#', '[0-9]').replace('*', '[^/]*')
  })
  return new RegExp(`^${segments.join('/')}$`, 's')
}
