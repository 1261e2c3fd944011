import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  compileFilter,
  type EventExplanation,
  explainEvent,
  explainFilter,
  type FilterInput,
  parseFilter,
} from '../../src/filter/index.js'
import { frameAt, type TestEvent } from './frames.js'
import { event, filterJson, typeOf } from './model.js'

function explained(input: FilterInput | undefined, event: TestEvent): EventExplanation {
  const { bytes, at } = frameAt(event)
  return explainEvent(parseFilter(input), bytes, at, { typeOf })
}

describe('the explanation of a filter', () => {
  it('describes how the filter was read', () => {
    const { text } = explainFilter(parseFilter(['salt/job/*/ret/*', 'salt/auth', '!salt/job/*/ret/web*']))
    expect(text.split('\n')).toEqual([
      'all of',
      '  any of',
      '    tag matches the glob "salt/job/*/ret/*"',
      '    tag begins with "salt/auth"',
      '  not',
      '    tag matches the glob "salt/job/*/ret/web*"',
      'index: leads to tags that begin with "salt/auth", "salt/job/"; their events are tested',
      expect.stringMatching(/^cost: low \(\d+ of 600\)$/),
    ])
  })

  it.each<[FilterInput | undefined, string, string]>([
    [undefined, 'decides', 'every tag matches'],
    ['salt/', 'decides', 'tags that begin with "salt/"'],
    [{ any: [] }, 'decides', 'no tag matches'],
    ['salt/*/ret', 'narrows', 'leads to tags that begin with "salt/"'],
    ['*/ret', 'none', 'every event is tested'],
    [{ exact: { 'data.a': 1 } }, 'none', 'every event is tested'],
    [Array.from({ length: 20 }, (_, n) => `t${n}/`), 'decides', '12 more'],
  ])('reports what the index does for %j', (input, use, words) => {
    const { index, text } = explainFilter(parseFilter(input))
    expect(index.use).toBe(use)
    expect(text).toContain(words)
  })

  it.each<[FilterInput, string]>([
    ['salt/', 'none'],
    ['*x', 'low'],
    [{ exact: { 'data.retcode': 0 } }, 'low'],
    [{ regex: { tag: 'a.*b' } }, 'medium'],
    [{ regex: { tag: 'a{90}' } }, 'high'],
  ])('gives %j the cost class %s', (input, costClass) => {
    expect(explainFilter(parseFilter(input)).cost.class).toBe(costClass)
  })

  it('gives the canonical form', () => {
    expect(explainFilter(parseFilter('a*')).filter).toEqual({ prefix: { tag: 'a' } })
  })
})

describe('the explanation of an event', () => {
  const ret: TestEvent = {
    tag: 'salt/job/1/ret/web1',
    source: 'salt/master',
    data: { retcode: 1, ret: ['x'], out: 'ok' },
  }

  it('names the clause that failed and the value it found', () => {
    const { failed, text, matches } = explained(
      { all: [{ prefix: { tag: 'salt/' } }, { exact: { 'data.retcode': 0 } }] },
      ret,
    )
    expect(matches).toBe(false)
    expect(failed).toBe('data.retcode is 0, but 1')
    expect(text.split('\n')).toEqual([
      'does not match: data.retcode is 0, but 1',
      '- all of',
      '-   data.retcode is 0  (1)',
      '+   tag begins with "salt/"  ("salt/job/1/ret/web1")',
    ])
  })

  it('shows every clause of an event that matches', () => {
    const { failed, text, clause } = explained(['salt/', '!*/prog/*'], ret)
    expect(failed).toBeUndefined()
    expect(text).toMatch(/^matches\n/)
    expect(clause).toMatchObject({
      matches: true,
      clause: 'all of',
      of: [{ clause: 'not', matches: true, of: [{ matches: false }] }, {}],
    })
  })

  it.each<[FilterInput, string]>([
    ['host/', 'tag begins with "host/", but "salt/job/1/ret/web1"'],
    [['a/', 'b/'], 'none of 2 alternatives: tag begins with "a/"; tag begins with "b/"'],
    [
      ['a/', 'b/', 'c/', 'd/'],
      'none of 4 alternatives: tag begins with "a/"; tag begins with "b/"; tag begins with "c/"; …',
    ],
    [['salt/', '!salt/job/'], 'taken away: tag begins with "salt/job/"'],
    [['!salt/', '!x/'], 'taken away: any of (tag begins with "salt/"; tag begins with "x/")'],
    [{ exact: { 'data.absent': 1 } }, 'data.absent is 1, but missing'],
    [{ exact: { 'data.ret': 1 } }, 'data.ret is 1, but a list'],
    [{ exact: { data: 1 } }, 'data is 1, but a map'],
    [{ exact: { 'data.out': 'bad' } }, 'data.out is "bad", but "ok"'],
    [{ exact: { region: 'eu' } }, 'region is "eu", but missing'],
    [{ exact: { type: 'x' } }, 'type is "x", but "salt"'],
    [{ prefix: { time: '2' } }, 'time begins with "2", but "1970-01-01T00:00:00.000000Z"'],
    [{ prefix: { source: 'x' } }, 'source begins with "x", but "salt/master"'],
    [{ exact: { kind: 1 } }, 'kind is 1, but 0'],
    [{ kind: 6 }, 'kind has a bit of 6, but 0'],
    [{ any: [] }, 'no event'],
    [{ regex: { tag: 'x$' } }, 'tag matches the regular expression "x$", but "salt/job/1/ret/web1"'],
  ])('of %j reports: %s', (input, failed) => {
    expect(explained(input, ret).failed).toBe(failed)
  })

  it('finds the clause within several levels', () => {
    const filter = {
      all: [
        { prefix: { tag: 'salt/' } },
        { all: [{ kind: 1 }] },
        { not: { any: [{ kind: 2 }, { kind: 4 }] } },
      ],
    }
    expect(explained(filter, { ...ret, kind: 5 }).failed).toBe(
      'taken away: any of (kind has a bit of 2; kind has a bit of 4)',
    )
  })

  it('reports a text that is too long to be searched', () => {
    const long = { tag: 'a', data: { text: 'x'.repeat(100_000) } }
    expect(explained({ contains: { 'data.text': 'xy' } }, long).failed).toBe(
      'data.text contains "xy", but a text of 100000 bytes, longer than contains looks at',
    )
    expect(explained({ exact: { 'data.text': 'xy' } }, long).failed?.length).toBeLessThan(200)
  })

  it('shows the values of all kinds', () => {
    const data = { big: 2n ** 60n, bin: new Uint8Array(1), nil: null, yes: true }
    const seen = (name: string) =>
      explained({ exact: { [`data.${name}`]: 1 } }, { tag: 'a', data }).clause.seen
    expect(seen('big')).toEqual({ text: '1152921504606846976' })
    expect(seen('bin')).toEqual({ text: 'bytes' })
    expect(seen('nil')).toEqual({ value: null, text: 'null' })
    expect(seen('yes')).toEqual({ value: true, text: 'true' })
  })

  it('agrees with the matcher, and names a clause exactly when the event does not match', () => {
    fc.assert(
      fc.property(filterJson, event, (input, event) => {
        const filter = parseFilter(input)
        const { bytes, at } = frameAt(event)
        const { matches, failed, clause } = explainEvent(filter, bytes, at, { typeOf })
        expect(matches).toBe(compileFilter(filter, { typeOf }).matches(bytes, at))
        expect(clause.matches).toBe(matches)
        expect(failed === undefined).toBe(matches)
      }),
      { numRuns: 1000 },
    )
  })
})
