import { describe, expect, it } from 'vitest'
import { configuredRules, rulesConfig } from '../../src/rules/config.js'
import type { RuleDefinition } from '../../src/rules/rule.js'
import { type RuleEvent, rule, ruleEngine, ruleFrame } from './rule-events.js'

const field = (name: string) => `\${${name}}`

/** More values than can be looked at in one step, on both sides of what rules read. */
const others = (name: string) => Array.from({ length: 30_000 }, (_, nth) => [`${name}${nth}`, nth])
const long = (data: object) => ({
  ...Object.fromEntries(others('before')),
  ...data,
  ...Object.fromEntries(others('after')),
})

/** What rules make of the events, and the parts in which they look for what they read. */
function madeOf(rules: readonly RuleDefinition[], events: readonly RuleEvent[], looks: boolean) {
  const { engine, told } = ruleEngine(...rules)
  let parts = 0
  events.forEach((event, nth) => {
    const frame = ruleFrame(event, nth + 1)
    while (looks && !engine.look(frame, 0, () => false)) parts++
    engine.take(frame, 0)
  })
  return { told, parts }
}

const textOf = { text: '^bad user (?<user>.*) from .*$', program: 'sshd' }
const templates = rule({
  filter: { all: [{ prefix: { tag: 'in/' } }, { sql: 'data.used > 90' }] },
  by: ['data.host', 'data.disk.name'],
  fire: { tag: `out/${field('data.host')}`, data: { used: field('data.used'), none: field('data.none') } },
})
const lines = configuredRules(
  rulesConfig.parse({
    line: {
      line: textOf,
      by: 'line.user',
      fire: { tag: 'out', data: { user: field('line.user'), host: field('line.host') } },
    },
  }),
)
const pairs = configuredRules(
  rulesConfig.parse({
    pair: {
      by: 'data.host',
      correlate: {
        within: '1m',
        conditions: [
          { name: 'one', filter: { exact: { 'data.used': 95 } } },
          { name: 'two', filter: { exact: { 'data.used': 97 } } },
        ],
      },
      fire: { tag: 'out', data: [field('one.data.used'), field('two.data.used')] },
    },
  }),
)
const ends = rule({
  filter: { exact: { 'data.used': 95 } },
  by: ['data.host'],
  unless: { filter: { exact: { 'data.used': 97 } }, within: 1000 },
  fire: { tag: 'out', data: 1 },
})

const disk = (used: number, host = 'a') => ({ tag: 'in/disk', data: { used, host, disk: { name: 'sda' } } })
const line = (message: string) => ({
  tag: 'host/a/line',
  data: { message, fields: { app: 'sshd', host: 'far' }, identifier: 'other' },
})
const later = { tag: 'other', at: 100 }

describe.each<[string, readonly RuleDefinition[], RuleEvent[]]>([
  ['filter, groups and templates', [templates], [disk(95), disk(80), disk(97, 'b')]],
  ['lines of logs', lines, [line('bad user root from x'), line('good'), { tag: 'host/a/line', data: {} }]],
  ['several conditions', pairs, [disk(95), disk(96), disk(97)]],
  ['an event that makes acting unnecessary', [ends], [disk(95), disk(95, 'b'), disk(97), later]],
])('of long events, %s', (_, rules, events) => {
  const inLong = events.map((event) =>
    event === later ? event : { ...event, data: long(event.data as object) },
  )

  it('are read as of short ones', () => {
    const { told } = madeOf(rules, events, false)
    expect(told.length).toBeGreaterThan(0)
    expect(madeOf(rules, inLong, false).told).toEqual(told)
    expect(madeOf(rules, inLong, true).told).toEqual(told)
  })

  it('are looked for in many parts', () => {
    expect(madeOf(rules, inLong, true).parts).toBeGreaterThan(20)
    expect(madeOf(rules, events, true).parts).toBe(0)
  })
})

it('a value of a long event that is longer than templates may use fails, whatever is in it', () => {
  const fire = (name: string) => rule({ fire: { tag: 'out', data: field(name) } })
  const event = { tag: 'in/x', data: long({ list: Array(100_000).fill(null), text: 'x'.repeat(70_000) }) }
  for (const name of ['data', 'data.list', 'data.text'])
    expect(madeOf([fire(name)], [event], true).told).toMatchObject([
      { outcome: { is: 'failed', reason: expect.stringContaining('more than 64 KiB') } },
    ])
})

it('only the beginning of a line of megabytes is read', () => {
  const message = `bad user root from ${'é'.repeat(1_000_000)}`
  expect(madeOf(lines, [line(message)], true).told).toMatchObject([{ outcome: { is: 'fired' } }])
})

it('an error while fields are looked for does not keep the event from being taken', () => {
  const failed: unknown[] = []
  const world = ruleEngine(templates)
  const { engine } = world
  const [run] = engine.runs
  Object.assign(run, {
    look: () => {
      failed.push('looked')
      throw new Error('broken')
    },
  })
  const frame = ruleFrame({ ...disk(95), data: long(disk(95).data) })
  while (!engine.look(frame, 0, () => false)) failed.length = 0
  expect(failed).toEqual(['looked'])
  engine.take(frame, 0)
  expect(world.said).toEqual(['fired'])
})
