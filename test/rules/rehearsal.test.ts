import { expect, test } from 'vitest'
import { Event } from '../../src/event/event.js'
import { Rehearsal, type RehearsedOutcome } from '../../src/rules/rehearsal.js'
import type { RuleDefinition } from '../../src/rules/rule.js'
import { type RuleEvent, rule, ruleFrame } from './rule-events.js'

function rehearse(rules: RuleDefinition[], events: RuleEvent[]) {
  const told: RehearsedOutcome[] = []
  const rehearsal = new Rehearsal(rules, { typeOf: () => 'some.type' }, (outcome) => told.push(outcome))
  for (const event of events) rehearsal.take(new Event(ruleFrame(event)))
  const lines = told.map(({ rule, tag, outcome }) => `${rule}: ${tag ?? 'time'}: ${outcome.is}`)
  return { lines, rules: rehearsal.end() }
}

test('a rehearsal says what each event would lead to, and why not', () => {
  const { lines, rules } = rehearse(
    [rule({ name: 'burst', after: { count: 2, within: 60_000 }, once: 60_000 })],
    [1, 2, 3, 4].map((at) => ({ tag: 'in/a', at })),
  )
  expect(lines).toEqual([
    'burst: in/a: counted',
    'burst: in/a: fired',
    'burst: in/a: counted',
    'burst: in/a: once',
  ])
  expect(rules).toMatchObject([{ name: 'burst', matched: 4, fired: 1, suppressed: 1 }])
})

test('a rule sees what another would have made', () => {
  const { lines } = rehearse(
    [rule({ name: 'one', fire: { tag: 'alert/a', data: null } }), rule({ name: 'two', filter: 'alert/' })],
    [{ tag: 'in/a', at: 1 }],
  )
  expect(lines).toEqual(['one: in/a: fired', 'two: alert/a: fired'])
})

test('rules that lead to each other stop', () => {
  const { lines, rules } = rehearse(
    [rule({ name: 'echo', fire: { tag: 'in/again', data: null } })],
    [{ tag: 'in/a', at: 1 }],
  )
  expect(lines.at(-1)).toBe('echo: in/again: loop')
  expect(rules).toMatchObject([{ fired: 8, stopped: 1 }])
})

test('what rules had made when the events were recorded is left out', () => {
  const { rules } = rehearse(
    [rule({ filter: [] })],
    [{ tag: 'alert/a', at: 1, source: 'hub/h/rule', attributes: { rulechain: 'r' } }],
  )
  expect(rules).toMatchObject([{ matched: 0 }])
})

test('what time decides is not put down to the event that comes next', () => {
  const { lines, rules } = rehearse(
    [rule({ name: 'quiet', filter: 'in/go', unless: { filter: 'in/done', within: 10_000 } })],
    [
      { tag: 'in/go', at: 1 },
      { tag: 'other', at: 100 },
      { tag: 'in/go', at: 101 },
    ],
  )
  expect(lines).toEqual(['quiet: in/go: waits', 'quiet: time: fired', 'quiet: in/go: waits'])
  expect(rules).toMatchObject([{ waiting: 1 }])
})
