import fc from 'fast-check'
import { expect, test } from 'vitest'
import { asFields } from '../../../src/event/json/object.js'
import { formatTime } from '../../../src/event/position.js'
import { ruleEngine } from '../rule-events.js'
import { correlating } from './correlating.js'

const steps = fc.array(
  fc.record({
    pause: fc.integer({ min: 0, max: 4 }),
    group: fc.constantFrom('a', 'b'),
    /** The conditions that the event matches. */
    matches: fc.uniqueArray(fc.nat(3), { maxLength: 2 }),
  }),
  { maxLength: 60 },
)
const settings = fc.record({
  ordered: fc.boolean(),
  within: fc.integer({ min: 1, max: 12 }),
  count: fc.integer({ min: 2, max: 4 }),
})
type Steps = typeof steps extends fc.Arbitrary<infer Value> ? Value : never
type Settings = typeof settings extends fc.Arbitrary<infer Value> ? Value : never

interface Placed {
  at: number
  group: string
  matches: readonly number[]
}

function placed(steps: Steps): Placed[] {
  let at = 1000
  return steps.map(({ pause, group, matches }) => {
    at += pause
    return { at, group, matches }
  })
}

const conditions = ['one', 'two', 'three', 'four'].map((name, place) => ({
  name,
  filter: { exact: { [`data.c${place}`]: true } },
  by: ['data.group'],
}))

interface Match {
  at: number
  place: number
}

/** The matches of a group. One event does not come before itself. */
function matchesOf(events: readonly Placed[], group: string): Match[] {
  const own = events.filter((each) => each.group === group)
  return own.flatMap(({ at, matches }) => matches.toSorted((a, b) => b - a).map((place) => ({ at, place })))
}

/** How often a group acts, found by looking for each condition in all that has come since it acted last. */
function expected(matches: readonly Match[], { ordered, within, count }: Settings): number {
  let acted = 0
  let since: Match[] = []
  for (const match of matches) {
    since.push(match)
    const recent = since.filter(({ at }) => at > match.at - within)
    if (!(ordered ? hasSequence(recent, count) : hasAll(recent, count))) continue
    acted++
    since = []
  }
  return acted
}

function hasAll(matches: readonly Match[], count: number): boolean {
  return new Set(matches.map(({ place }) => place)).size === count
}

function hasSequence(matches: readonly Match[], count: number): boolean {
  let reached = 0
  for (const { place } of matches) if (place === reached) reached++
  return reached === count
}

test('a rule with several conditions acts exactly when a search through the whole past says so', () => {
  fc.assert(
    fc.property(steps, settings, (steps, settings) => {
      const { ordered, within, count } = settings
      const chosen = conditions.slice(0, count)
      const engine = ruleEngine(correlating({ conditions: chosen, ordered, within: within * 1000 }))
      const events = placed(steps).map((each) => ({
        ...each,
        matches: each.matches.filter((place) => place < count),
      }))
      for (const { at, group, matches } of events) {
        const data = { group, ...Object.fromEntries(matches.map((place) => [`c${place}`, true])) }
        engine.take({ tag: 'in/a', at, data })
      }
      for (const group of ['a', 'b']) {
        const fired = engine.told.filter((each) => each.group === group && each.outcome.is === 'fired')
        expect(fired).toHaveLength(expected(matchesOf(events, group), settings))
      }
    }),
    { numRuns: 500 },
  )
})

const lagging = fc.array(
  fc.record({
    pause: fc.integer({ min: 0, max: 4 }),
    lag: fc.constantFrom(0, 0, 1, 2, 5, 20, 80),
    group: fc.constantFrom('a', 'b', 'c'),
    matches: fc.uniqueArray(fc.nat(3), { minLength: 1, maxLength: 2 }),
  }),
  { maxLength: 60 },
)

test('however late events come, those that lead to something together are within the time, and in order', () => {
  const START = 1.8e9
  let made = 0
  fc.assert(
    fc.property(lagging, settings, fc.integer({ min: 1, max: 3 }), (steps, settings, groups) => {
      const { ordered, within, count } = settings
      const chosen = conditions.slice(0, count)
      const data = Object.fromEntries(chosen.map(({ name }) => [name, `\${${name}.time}`]))
      const engine = ruleEngine(
        correlating(
          { conditions: chosen, ordered, within: within * 1000 },
          { eventTime: { delay: 2000 }, groups, fire: { tag: 'out', data } },
        ),
      )
      let at = START
      for (const { pause, lag, group, matches } of steps) {
        at += pause
        const data = { group, ...Object.fromEntries(matches.map((place) => [`c${place}`, true])) }
        engine.take({ tag: 'in/a', at, data, attributes: { time: formatTime((at - lag) * 1e6) } })
      }
      engine.engine.advance((at + 1000) * 1e6)
      for (const { data } of engine.made) {
        made++
        const times = chosen.map(({ name }) => Date.parse(String(asFields(data)[name])) / 1000)
        expect(Math.max(...times) - Math.min(...times)).toBeLessThan(within)
        if (ordered) expect(times).toEqual(times.toSorted((one, other) => one - other))
      }
    }),
    { numRuns: 1_000 },
  )
  expect(made).toBeGreaterThan(0)
})
