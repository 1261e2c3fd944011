import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decode, encode } from '../../src/event/index.js'
import type { RuleDefinition } from '../../src/rules/rule.js'
import type { RuleSnapshot } from '../../src/rules/run.js'
import { rule, ruleEngine, ruleFrame } from './rule-events.js'

interface Step {
  pause: number
  group: number
  does: 'matches' | 'follows' | 'both' | 'nothing'
  isTraced: boolean
}

const steps = fc.array(
  fc.record({
    pause: fc.integer({ min: 0, max: 4 }),
    group: fc.integer({ min: 0, max: 2 }),
    does: fc.constantFrom<Step['does']>('matches', 'matches', 'follows', 'both', 'nothing'),
    isTraced: fc.boolean(),
  }),
  { maxLength: 60 },
)
const seconds = fc.integer({ min: 1, max: 8 })
const settings = fc.record({
  after: fc.option(fc.record({ count: fc.integer({ min: 1, max: 4 }), within: seconds }), { nil: undefined }),
  unless: fc.option(seconds, { nil: undefined }),
  once: fc.option(seconds, { nil: undefined }),
})
type Settings = typeof settings extends fc.Arbitrary<infer Value> ? Value : never

function ruleWith({ after, unless, once }: Settings): RuleDefinition {
  return rule({
    filter: ['in/match', 'in/both'],
    by: ['data.group'],
    after: after && { count: after.count, within: after.within * 1000 },
    unless: unless === undefined ? undefined : { filter: ['in/follow', 'in/both'], within: unless * 1000 },
    once: once === undefined ? undefined : once * 1000,
    fire: { tag: 'out', data: `\${data.group}` },
  })
}

const TRACED = { traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` }

const tags = { matches: 'in/match', follows: 'in/follow', both: 'in/both', nothing: 'other' }

function placed(steps: readonly Step[]) {
  let at = 1000
  return steps.map(({ pause, group, does, isTraced }) => {
    at += pause
    return { at, group, does, tag: tags[does], data: { group }, ...(isTraced && { attributes: TRACED }) }
  })
}

/** When a group acts, found by looking at all that has happened in it, again and again. */
function expected(steps: readonly Step[], { after, unless, once }: Settings, group: number): number[] {
  const acted: number[] = []
  let matches: number[] = []
  let waitsUntil: number | undefined
  const act = (at: number) => {
    if (once === undefined || acted.every((earlier) => at >= earlier + once)) acted.push(at)
  }
  const end = { at: 100_000, group, does: 'nothing' as const }
  for (const { at, does } of [...placed(steps), end].filter((step) => step.group === group)) {
    if (waitsUntil !== undefined && waitsUntil < at) {
      act(waitsUntil)
      waitsUntil = undefined
    }
    if (does === 'follows' || does === 'both') waitsUntil = undefined
    if (does !== 'matches' && does !== 'both') continue
    matches.push(at)
    if (after !== undefined && matches.filter((match) => match > at - after.within).length < after.count)
      continue
    if (after !== undefined) matches = []
    if (unless === undefined) act(at)
    else waitsUntil ??= at + unless
  }
  return acted
}

test('a rule acts exactly when a search through the whole past says so', () => {
  fc.assert(
    fc.property(steps, settings, (steps, settings) => {
      const { engine, told, take } = ruleEngine(ruleWith(settings))
      for (const event of placed(steps)) take(event)
      engine.advance(100_000e6)
      for (const group of [0, 1, 2]) {
        const fired = told.filter((each) => each.outcome.is === 'fired' && each.group === String(group))
        expect(fired).toHaveLength(expected(steps, settings, group).length)
      }
      const { counters } = engine.runs[0]
      expect(told.filter(({ outcome }) => outcome.is === 'fired')).toHaveLength(counters.fired)
    }),
    { numRuns: 500 },
  )
})

test('a rule that continues from a snapshot does what it would have done without a stop', () => {
  fc.assert(
    fc.property(steps, settings, fc.nat(60), fc.nat(10), (steps, settings, stop, again) => {
      const frames = placed(steps).map((event, index) => ruleFrame(event, index + 1))
      const whole = ruleEngine(ruleWith(settings))
      for (const frame of frames) whole.engine.take(frame, 0)
      whole.engine.advance(100_000e6)

      const before = ruleEngine(ruleWith(settings))
      const taken = frames.slice(0, stop)
      for (const frame of taken) before.engine.take(frame, 0)
      const after = ruleEngine(ruleWith(settings))
      const [run] = after.engine.runs
      run.restore(decode(encode(before.engine.runs[0].snapshot())) as RuleSnapshot)
      after.engine.skip(run, taken.length)
      // It may see events again that the snapshot has counted already.
      for (const frame of frames.slice(Math.max(0, taken.length - again))) after.engine.take(frame, 0)
      after.engine.advance(100_000e6)
      expect([...before.made, ...after.made]).toEqual(whole.made)
    }),
    { numRuns: 500 },
  )
})

test('a match without a trace that an older hub has stored leads to an event without one', () => {
  const settings = rule({ unless: { filter: 'in/follow', within: 1_000 } })
  const before = ruleEngine(settings)
  before.take({ tag: 'in/match', at: 1 })
  const snapshot = before.engine.runs[0].snapshot()
  const [waiting] = snapshot.waiting
  const [key, deadline, values, chain, cause, bytes] = waiting
  const after = ruleEngine(settings)
  after.engine.runs[0].restore({
    ...snapshot,
    waiting: [[key, deadline, values, chain, cause, bytes, null]],
  })
  after.engine.skip(after.engine.runs[0], 0)
  after.engine.advance(100e6)
  expect(after.made).toMatchObject([{ tag: 'out', attributes: { rulecause: cause } }])
  expect(after.made[0].attributes).not.toHaveProperty('traceparent')
})
