import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatTime } from '../../src/event/position.js'
import type { RuleDefinition } from '../../src/rules/rule.js'
import { rule, ruleEngine, ruleFrame } from './rule-events.js'

const DELAY = 10
const START = 1.8e9
const tags = { matches: 'in/match', follows: 'in/follow', both: 'in/both', nothing: 'other' }

interface Happening {
  /** When it happened and when it was stored, in seconds after the start. */
  at: number
  stored: number
  tag?: string
  data?: unknown
}

function frameOf({ at, stored, tag = 'in/match', data = {} }: Happening, seq?: number): Uint8Array {
  const attributes = { time: formatTime((START + at) * 1e6) }
  return ruleFrame({ tag, at: START + stored, data, attributes }, seq)
}

function byTime(settings: Partial<RuleDefinition> = {}): RuleDefinition {
  const fire = { tag: 'out', data: { id: `\${data.id}`, count: `\${count}`, time: `\${time}` } }
  return rule({ eventTime: { delay: DELAY * 1000 }, filter: ['in/match', 'in/both'], fire, ...settings })
}

function run(settings: RuleDefinition, happenings: readonly Happening[], until = 1_000) {
  const { engine, told } = ruleEngine(settings)
  for (const each of happenings) engine.take(frameOf(each), 0)
  engine.advance((START + until) * 1e6)
  return { told, said: told.map(({ outcome }) => outcome.is), counters: engine.runs[0].counters, engine }
}

const ids = (told: ReturnType<typeof run>['told']) =>
  told.flatMap(({ outcome }) => (outcome.is === 'fired' ? outcome.events.map(({ data }) => data) : []))

test('events that are stored in another order are handled in the order in which they happened', () => {
  const { told } = run(byTime(), [
    { at: 3, stored: 5, data: { id: 'third' } },
    { at: 1, stored: 6, data: { id: 'first' } },
    { at: 2, stored: 7, data: { id: 'second' } },
  ])
  expect(ids(told)).toMatchObject([{ id: 'first' }, { id: 'second' }, { id: 'third' }])
})

test('an event waits until its delay is over by the time of the log', () => {
  const events = [{ at: 1, stored: 2 }]
  expect(run(byTime(), events, 2 + DELAY).said).toEqual([])
  expect(run(byTime(), events, 2.001 + DELAY).said).toEqual(['fired'])
})

test('counts go by the time of events, however late these are read', () => {
  const settings = byTime({ after: { count: 2, within: 60_000 } })
  expect(
    run(
      settings,
      [0, 100, 130].map((at) => ({ at, stored: 500 })),
    ).said,
  ).toEqual(['counted', 'counted', 'fired'])
})

test('an event that comes after a later one of its group was handled is left out and named', () => {
  const settings = byTime({ by: ['data.host'] })
  const { told, counters } = run(settings, [
    { at: 50, stored: 50, data: { host: 'a' } },
    { at: 40, stored: 70, data: { host: 'a' } },
    { at: 40, stored: 70, data: { host: 'b' } },
  ])
  expect(told.map(({ group, outcome }) => [group, outcome.is])).toEqual([
    ['a', 'fired'],
    ['a', 'late'],
    ['b', 'fired'],
  ])
  expect(counters).toMatchObject({ matched: 3, fired: 2, late: 1 })
})

test('an event that both ends and begins a wait is late only once', () => {
  const settings = byTime({ unless: { filter: 'in/both', within: 5_000 } })
  const late = [20, 10].map((at, nth) => ({ at, stored: 20 + nth * 20, tag: 'in/both' }))
  expect(run(settings, late).counters).toMatchObject({ matched: 2, late: 1, fired: 1 })
})

test('an event that follows in time ends the wait, although it is stored when the wait would be over', () => {
  const settings = byTime({ unless: { filter: 'in/follow', within: 5_000 } })
  const match = { at: 1, stored: 1 }
  expect(run(settings, [match, { at: 6, stored: 16, tag: 'in/follow' }]).said).toEqual(['waits', 'followed'])
  expect(run(settings, [match, { at: 7, stored: 7, tag: 'in/follow' }]).said).toEqual(['waits', 'fired'])
})

test('of too many events the first is handled early, and that is counted', () => {
  const { counters, engine } = run(
    byTime(),
    Array.from({ length: 10_003 }, (_, nth) => ({ at: nth / 1e4, stored: 2 })),
    2,
  )
  expect(counters).toMatchObject({ early: 3, fired: 3, late: 0 })
  expect(engine.runs[0].held).toBe(10_000)
})

test('events of one rule may take 4 MiB while they wait', () => {
  const fire = { tag: 'out', data: `\${data.text}` }
  const text = 'x'.repeat(60_000)
  const { counters, engine } = run(
    byTime({ fire }),
    Array.from({ length: 80 }, (_, nth) => ({ at: nth / 100, stored: 2, data: { text } })),
    2,
  )
  expect(counters.early).toBeGreaterThan(0)
  expect(engine.runs[0].held + counters.early).toBe(80)
  expect(engine.runs[0].held * text.length).toBeLessThan(4 * 1024 * 1024)
})

test('a left out event uses up the numbers of those that it would have led to', () => {
  const { engine, told } = ruleEngine(byTime())
  engine.runs[0].leaveOut([100])
  // The rule has restored it from what was kept before it was left out.
  engine.runs[0].restore({
    ...engine.runs[0].snapshot(),
    held: [99, 100, 101].map((seq) => ['in/match', seq, 200 - seq, 1_000, '', [{}, [], `e-${seq}`, 1]]),
  })
  engine.skip(engine.runs[0], 101)
  engine.advance(2_000)
  const made = told.flatMap(({ outcome }) => (outcome.is === 'fired' ? outcome.events : []))
  expect(made.map(({ counter }) => counter)).toEqual([202, 206])
})

const steps = fc.array(
  fc.record({
    pause: fc.integer({ min: 1, max: 5 }),
    lag: fc.integer({ min: 0, max: DELAY }),
    group: fc.integer({ min: 0, max: 2 }),
    does: fc.constantFrom<keyof typeof tags>('matches', 'matches', 'follows', 'both', 'nothing'),
  }),
  { maxLength: 60 },
)
const seconds = fc.integer({ min: 1, max: 12 })
const settings = fc.record({
  after: fc.option(fc.record({ count: fc.integer({ min: 1, max: 4 }), within: seconds }), { nil: undefined }),
  unless: fc.option(seconds, { nil: undefined }),
  once: fc.option(seconds, { nil: undefined }),
})
type Settings = typeof settings extends fc.Arbitrary<infer Value> ? Value : never

function ruleWith({ after, unless, once }: Settings): RuleDefinition {
  return byTime({
    by: ['data.group'],
    after: after && { count: after.count, within: after.within * 1000 },
    unless: unless === undefined ? undefined : { filter: ['in/follow', 'in/both'], within: unless * 1000 },
    once: once === undefined ? undefined : once * 1000,
  })
}

test('events that come within the delay lead to the same, in whatever order, as if each was stored when it happened', () => {
  fc.assert(
    fc.property(steps, settings, fc.nat(1000), (steps, settings, age) => {
      let at = 0
      const happened = steps.map(({ pause, lag, group, does }, id) => {
        at += pause
        return { at, stored: at, late: at + age + lag, tag: tags[does], data: { group, id } }
      })
      const arrived = happened
        .map((each) => ({ ...each, stored: each.late }))
        .sort((one, other) => one.stored - other.stored)
      const definition = ruleWith(settings)
      const expected = run({ ...definition, eventTime: undefined }, happened, 5_000)
      const found = run(definition, arrived, 5_000)
      for (const group of ['0', '1', '2']) {
        const of = (each: { group: string }) => each.group === group
        expect(ids(found.told.filter(of))).toEqual(ids(expected.told.filter(of)))
      }
      expect(found.counters).toEqual(expected.counters)
      const counters = found.told.flatMap(({ outcome }) =>
        outcome.is === 'fired' ? outcome.events.map(({ counter }) => counter) : [],
      )
      expect(counters).toEqual([...counters].sort((one, other) => one - other))
    }),
    { numRuns: 1_000 },
  )
})
