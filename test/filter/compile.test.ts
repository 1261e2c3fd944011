import fc from 'fast-check'
import { pack } from 'msgpackr'
import { describe, expect, it } from 'vitest'
import { toCloudEvent } from '../../src/event/cloudevents.js'
import { Event } from '../../src/event/event.js'
import { encodeFrame } from '../../src/event/frame.js'
import {
  allOf,
  compileFilter,
  except,
  type FilterInput,
  formatFilter,
  intersect,
  parseFilter,
} from '../../src/filter/index.js'
import { TypeRegistry } from '../../src/types/index.js'
import { repeats } from '../helpers/repeats.js'
import { frameAt, type TestEvent } from './frames.js'
import { event, filterJson, matchesModel, typeOf } from './model.js'

function matches(input: FilterInput | undefined, event: TestEvent): boolean {
  const { bytes, at } = frameAt(event)
  return compileFilter(parseFilter(input), { typeOf }).matches(bytes, at)
}

describe('a compiled filter', () => {
  it('matches according to its JSON form', () => {
    fc.assert(
      fc.property(filterJson, event, (filter, event) => {
        expect(matches(filter, event)).toBe(matchesModel(filter, event))
      }),
      { numRuns: repeats(375, 30000) },
    )
  })

  it('has prefixes that every matching tag begins with, and is exact only if they decide alone', () => {
    fc.assert(
      fc.property(filterJson, fc.array(event, { minLength: 5, maxLength: 5 }), (filter, events) => {
        const matcher = compileFilter(parseFilter(filter), { typeOf })
        for (const event of events) {
          const { bytes, at } = frameAt(event)
          const anchored =
            matcher.prefixes?.some((prefix) => (event.tag as string).startsWith(prefix)) ?? true
          if (matcher.matches(bytes, at)) expect(anchored).toBe(true)
          else if (matcher.exact) expect(anchored).toBe(false)
        }
      }),
      { numRuns: repeats(250, 20000) },
    )
  })

  it('within rights matches the events that both match, however they are combined', () => {
    fc.assert(
      fc.property(filterJson, filterJson, event, (filter, rights, event) => {
        const [one, other] = [parseFilter(filter), parseFilter(rights)]
        const { bytes, at } = frameAt(event)
        const joined = intersect(compileFilter(one, { typeOf }), compileFilter(other, { typeOf }))
        const expected = matchesModel(filter, event) && matchesModel(rights, event)
        expect(joined.matches(bytes, at)).toBe(expected)
        expect(compileFilter(allOf([one, other]), { typeOf }).matches(bytes, at)).toBe(expected)
        const anchored = joined.prefixes?.some((prefix) => (event.tag as string).startsWith(prefix)) ?? true
        if (expected) expect(anchored).toBe(true)
        else if (joined.exact) expect(anchored).toBe(false)
      }),
      { numRuns: repeats(250, 20000) },
    )
  })

  it('within rights with an exception matches the events that it does not hide, however they are combined', () => {
    fc.assert(
      fc.property(filterJson, filterJson, filterJson, event, (filter, rights, hidden, event) => {
        const compiled = (json: typeof filter) => compileFilter(parseFilter(json), { typeOf })
        const { bytes, at } = frameAt(event)
        const restricted = except(compiled(rights), compiled(hidden))
        const joined = intersect(compiled(filter), restricted)
        const mayMatch = matchesModel(rights, event) && !matchesModel(hidden, event)
        expect(restricted.matches(bytes, at)).toBe(mayMatch)
        expect(joined.matches(bytes, at)).toBe(mayMatch && matchesModel(filter, event))
        for (const { outside, matches } of [restricted, joined]) {
          const isApart = outside?.prefixes?.every((prefix) => !(event.tag as string).startsWith(prefix))
          if (isApart) expect(outside?.matcher.matches(bytes, at)).toBe(matches(bytes, at))
        }
      }),
      { numRuns: repeats(250, 20000) },
    )
  })

  it('within rights with an exception needs only the index where the exception is apart', () => {
    const compiled = (filter: string) => compileFilter(parseFilter(filter), { typeOf })
    const rights = except(compiled('*'), compiled('salt/job/'))
    expect(rights).toMatchObject({ all: false, exact: false })
    expect(intersect(compiled('app/'), rights)).toMatchObject({ key: compiled('app/').key, exact: true })
    expect(intersect(compiled('salt/'), rights)).toMatchObject({ prefixes: ['salt/'], exact: false })
    expect(except(compiled('app/'), compiled('salt/job/'))).toMatchObject({ exact: true })
  })

  it('within rights of a longer prefix needs only the index', () => {
    const within = intersect(
      compileFilter(parseFilter('salt/job/'), { typeOf }),
      compileFilter(parseFilter('salt/'), { typeOf }),
    )
    expect(within).toMatchObject({ prefixes: ['salt/job/'], exact: true, all: false })
  })

  it.each<[FilterInput | undefined, string[] | undefined, boolean]>([
    [undefined, [''], true],
    ['*', [''], true],
    ['a/b', ['a/b'], true],
    ['a/b*', ['a/b'], true],
    ['a/b*c', ['a/b'], false],
    ['a/b[*]', ['a/b*'], false],
    ['*c', undefined, false],
    ['[ab]*', undefined, false],
    [['a', 'a/b', 'b/*/c'], ['a', 'b/'], false],
    [['a', 'b'], ['a', 'b'], true],
    [['a', '*c'], undefined, false],
    [['a', '!a/b'], ['a'], false],
    [['!a'], undefined, false],
    [{ any: [] }, [], true],
    [{ exact: { tag: 'a/b' } }, ['a/b'], false],
    [{ exact: { source: 'a/b' } }, undefined, false],
    [{ all: [{ prefix: { tag: 'a/' } }, { glob: { tag: 'a/b*c' } }] }, ['a/b'], false],
    [{ all: [{ prefix: { tag: 'a/' } }, { prefix: { tag: 'b/' } }] }, [], true],
    [{ regex: { tag: '^a/b$' } }, ['a/b'], false],
    [{ regex: { tag: '^a/bc?' } }, ['a/b'], false],
    [{ regex: { tag: '^a/b|c' } }, undefined, false],
    [{ regex: { tag: '^a\\.b' } }, ['a.b'], false],
    [{ regex: { tag: 'a/b' } }, undefined, false],
    [{ regex: { tag: '(?i)^a' } }, undefined, false],
  ])('%j has the prefixes %j', (input, prefixes, exact) => {
    expect(compileFilter(parseFilter(input), { typeOf })).toMatchObject({ prefixes, exact })
  })

  it('has a key that depends only on what it matches', () => {
    const key = (input: FilterInput | undefined) => compileFilter(parseFilter(input), { typeOf }).key
    expect(key(['b', 'a*', 'a'])).toBe(key({ any: [{ prefix: { subject: 'a' } }, { prefix: { tag: 'b' } }] }))
    expect(key({ not: { not: { all: [{ all: [] }, { glob: { tag: 'a**' } }] } } })).toBe(key('a'))
    expect(key('*')).toBe(key(undefined))
    expect(key('a')).not.toBe(key({ exact: { tag: 'a' } }))
    expect(compileFilter(parseFilter('*'), { typeOf }).all).toBe(true)
    expect(compileFilter(parseFilter('a'), { typeOf }).all).toBe(false)
  })
})

describe('comparisons', () => {
  const login: TestEvent = {
    tag: 'host/web1/system/login/root',
    source: 'host/web1/system',
    kind: 6,
    time: 1_700_000_000_123_456,
    attributes: { type: 'host.login', region: 'eu', retries: 3, urgent: true },
    data: {
      user: 'root',
      uid: 0,
      tty: null,
      from: ['::1', 'lo'],
      ok: true,
      load: 1.5,
      big: 2n ** 60n,
      bin: new Uint8Array([0x61]),
    },
  }

  it.each<[FilterInput, boolean]>([
    [{ exact: { 'data.uid': 0 } }, true],
    [{ exact: { 'data.uid': 0.0 } }, true],
    [{ exact: { 'data.uid': '0' } }, false],
    [{ exact: { 'data.load': 1.5 } }, true],
    [{ exact: { 'data.tty': null } }, true],
    [{ exact: { 'data.absent': null } }, false],
    [{ exact: { 'data.ok': true } }, true],
    [{ exact: { 'data.ok': false } }, false],
    [{ exact: { 'data.ok': 1 } }, false],
    [{ exact: { 'data.from.1': 'lo' } }, true],
    [{ exact: { 'data.from.2': 'lo' } }, false],
    [{ exact: { 'data.bin': 'a' } }, false],
    [{ exact: { 'data.big': 2 ** 52 } }, false],
    [{ exact: { data: 'a' } }, false],
    [{ prefix: { 'data.user': 'ro' } }, true],
    [{ contains: { 'data.user': 'oo' } }, true],
    [{ contains: { 'data.from': 'lo' } }, false],
    [{ glob: { 'data.user': 'r??t' } }, true],
    [{ glob: { 'data.user': '*' } }, true],
    [{ glob: { 'data.uid': '*' } }, false],
    [{ regex: { 'data.user': '^r.*t$' } }, true],
    [{ exact: { type: 'host.login' } }, true],
    [{ exact: { region: 'eu' } }, true],
    [{ exact: { retries: 3 } }, true],
    [{ exact: { retries: '3' } }, true],
    [{ exact: { urgent: true } }, true],
    [{ exact: { absent: 'x' } }, false],
    [{ not: { exact: { absent: 'x' } } }, true],
    [{ prefix: { time: '2023-11-14T22:13:20.123456' } }, true],
    [{ kind: 2 }, true],
    [{ kind: 8 }, false],
    [{ exact: { kind: 6 } }, true],
    [{ exact: { kind: 2 } }, false],
    [{ suffix: { source: '/system' } }, true],
    [{ exact: { subject: 'host/web1/system/login/root' } }, true],
  ])('%j: %s', (filter, expected) => {
    expect(matches(filter, login)).toBe(expected)
  })

  it.each(['id', 'cursor', 'specversion', 'datacontenttype', 'time'])(
    'find %s as the outgoing CloudEvent has it, in JSON as in SQL',
    (name) => {
      const options = { typeOf, epoch: () => 'k3j9' }
      for (const attributes of [
        undefined,
        { id: 'own', datacontenttype: 'text/plain', time: '2020-01-01T00:00:00Z' },
      ]) {
        const { bytes, at } = frameAt({
          tag: 'a/b',
          seq: 42,
          time: 1_700_000_000_123_456,
          data: 'x',
          attributes,
        })
        const value = toCloudEvent(new Event(bytes, at), { epoch: 'k3j9', typeOf })[name] ?? 'k3j9-42'
        for (const filter of [{ exact: { [name]: value } }, { sql: `${name} = '${value}'` }])
          expect(compileFilter(parseFilter(filter), options).matches(bytes, at)).toBe(true)
        expect(compileFilter(parseFilter({ exact: { [name]: 'x' } }), options).matches(bytes, at)).toBe(false)
      }
    },
  )

  it('see the highest bit of the kind', () => {
    expect(matches({ kind: 0x8000_0000 }, { tag: 'a', kind: 0xffff_ffff })).toBe(true)
    expect(matches({ exact: { kind: 0xffff_ffff } }, { tag: 'a', kind: 0xffff_ffff })).toBe(true)
  })

  it('look at the whole body with the field data', () => {
    expect(matches({ contains: { data: 'fail' } }, { tag: 'a', data: 'it failed' })).toBe(true)
    expect(matches({ contains: { data: 'fail' } }, { tag: 'a', data: { text: 'it failed' } })).toBe(false)
  })

  it('ask the registry for the type of an event that carries none, as text or as bytes', () => {
    const types = new TypeRegistry([{ type: 'host.load', tags: ['host/*/load'] }])
    const { bytes, at } = frameAt({ tag: 'host/é/load', source: 's' })
    for (const options of [{ typeOf: types.typeOf }, types]) {
      expect(compileFilter(parseFilter({ exact: { type: 'host.load' } }), options).matches(bytes, at)).toBe(
        true,
      )
      expect(compileFilter(parseFilter({ prefix: { type: 'salt.' } }), options).matches(bytes, at)).toBe(
        false,
      )
    }
  })

  it('use the last of equal keys, as decoding does', () => {
    const body = Uint8Array.of(0x82, 0xa1, 0x61, 0x01, 0xa1, 0x61, 0x02)
    const frame = encodeFrame({ tag: 'a', body })
    const test = (value: number) =>
      compileFilter(parseFilter({ exact: { 'data.a': value } }), { typeOf }).matches(frame, 0)
    expect([test(1), test(2)]).toEqual([false, true])
  })

  it('find keys named like object properties only if they exist', () => {
    for (const key of ['__proto__', 'constructor', 'toString']) {
      const filter = { exact: { [`data.${key}`]: 'x' } }
      expect(matches(filter, { tag: 'a', data: {} })).toBe(false)
      expect(matches(filter, { tag: 'a', data: new Map([[key, 'x']]) })).toBe(true)
    }
  })

  it('never match a text that is too long to be searched', () => {
    const text = `${'a'.repeat(70_000)}b`
    const long = { tag: 'a', data: { text } }
    expect(matches({ contains: { 'data.text': 'b' } }, long)).toBe(false)
    expect(matches({ glob: { 'data.text': 'a*a*b' } }, { tag: 'a', data: { text: text.slice(-5000) } })).toBe(
      false,
    )
    expect(matches({ regex: { 'data.text': 'b$' } }, { tag: 'a', data: { text: text.slice(-5000) } })).toBe(
      false,
    )
    expect(matches({ contains: { 'data.text': 'b' } }, { tag: 'a', data: { text: text.slice(-5000) } })).toBe(
      true,
    )
    expect(matches({ suffix: { 'data.text': 'ab' } }, long)).toBe(true)
  })

  it('search a text in linear time', () => {
    const repeated = 'a'.repeat(1000)
    const long = { tag: 'a', data: { text: `${'a'.repeat(60_000)}b` } }
    expect(matches({ contains: { 'data.text': `${repeated}b` } }, long)).toBe(true)
    expect(matches({ contains: { 'data.text': `b${repeated}` } }, long)).toBe(false)
  })

  it('find what String.includes finds', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'é'), maxLength: 30 })
    const part = fc.string({ unit: fc.constantFrom('a', 'b', 'é'), minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(text, part, (text, part) => {
        expect(matches({ contains: { 'data.t': part } }, { tag: 'a', data: { t: text } })).toBe(
          text.includes(part),
        )
      }),
      { numRuns: repeats(250, 20000) },
    )
  })

  it('accept every body that passed the walk', () => {
    fc.assert(
      fc.property(filterJson, fc.object({ withBigInt: false }), (filter, data) => {
        const frame = encodeFrame({ tag: 'a', body: pack(data) })
        expect(typeof compileFilter(parseFilter(filter), { typeOf }).matches(frame, 0)).toBe('boolean')
      }),
    )
  })
})

describe('the canonical form', () => {
  it('is read back to the same filter', () => {
    fc.assert(
      fc.property(filterJson, (input) => {
        const filter = parseFilter(input)
        expect(parseFilter(formatFilter(filter))).toEqual(filter)
      }),
      { numRuns: repeats(250, 20000) },
    )
  })

  it('is deeply frozen', () => {
    const frozen = (value: unknown): boolean =>
      typeof value !== 'object' ||
      value === null ||
      (Object.isFrozen(value) && Object.values(value).every(frozen))
    fc.assert(
      fc.property(filterJson, (input) => {
        expect(frozen(parseFilter(input))).toBe(true)
      }),
    )
  })
})
