import { pack, unpack } from 'msgpackr'
import { expect, test } from 'vitest'
import { rule, ruleEngine } from './rule-events.js'

const field = (name: string) => `\${${name}}`

test('an event of a rule is built from its template, and says which event and which rules have led to it', () => {
  const disk = rule({
    name: 'disk',
    filter: { all: [{ prefix: { tag: 'host/' } }, { sql: 'data.used > 90' }] },
    fire: { tag: `alert/${field('data.host')}/disk`, data: { used: field('data.used'), of: field('tag') } },
  })
  const { take, made } = ruleEngine(disk)
  take({ tag: 'host/web1/disk', data: { host: 'web1', used: 80 } })
  expect(made).toEqual([])
  const engine = ruleEngine(disk)
  engine.take({ tag: 'host/web1/disk', data: { host: 'web1', used: 95 } })
  expect(engine.made).toEqual([
    {
      tag: 'alert/web1/disk',
      data: { used: 95, of: 'host/web1/disk' },
      attributes: { rulechain: 'disk', rulecause: expect.stringMatching(/^epoch-\d+$/) },
      counter: expect.any(Number),
    },
  ])
  const [{ attributes, counter }] = engine.made
  expect(counter).toBe(2 * Number(attributes.rulecause.replace('epoch-', '')))
})

test('a rule that only names a sink hands it the event with what led to it', () => {
  const engine = ruleEngine(rule({ name: 'page', fire: undefined, sink: 'pager' }))
  engine.take({ tag: 'in/a', at: 5, data: { x: 1 }, source: 's' })
  expect(engine.made).toMatchObject([
    {
      tag: 'rule/page',
      attributes: { rulesink: 'pager' },
      data: {
        rule: 'page',
        count: 1,
        tag: 'in/a',
        source: 's',
        time: '1970-01-01T00:00:05.000000Z',
        data: { x: 1 },
      },
    },
  ])
})

test('the event that starts a job has the arguments, and the program comes from the configuration only', () => {
  const engine = ruleEngine(
    rule({ name: 'heal', fire: undefined, job: ['/bin/systemctl', 'restart', field('data.unit')] }),
  )
  engine.take({ tag: 'in/a', data: { unit: 'nginx' } })
  expect(engine.made).toMatchObject([
    { tag: 'hub/rule/heal/job', data: { rule: 'heal', arguments: ['restart', 'nginx'] } },
  ])
})

test('a rule for silence acts when the next event of its own kind does not come', () => {
  const engine = ruleEngine(rule({ by: ['data.host'], unless: { filter: 'in/', within: 10_000 } }))
  engine.take({ tag: 'in/beat', at: 100, data: { host: 'a' } })
  engine.take({ tag: 'in/beat', at: 101, data: { host: 'b' } })
  engine.take({ tag: 'in/beat', at: 110, data: { host: 'a' } })
  engine.engine.advance(111.5e6)
  expect(engine.told.filter(({ outcome }) => outcome.is === 'fired').map(({ group }) => group)).toEqual(['b'])
  expect(engine.engine.nextDeadline).toBe(120e6)
})

test('an event exactly at the end of the wait still counts', () => {
  const engine = ruleEngine(rule({ filter: 'in/go', unless: { filter: 'in/done', within: 10_000 } }))
  engine.take({ tag: 'in/go', at: 100 })
  engine.take({ tag: 'in/done', at: 110 })
  engine.engine.advance(1e9)
  expect(engine.said).toEqual(['waits', 'followed'])
})

test('of too many groups the one not seen for the longest is forgotten, and that is said', () => {
  const engine = ruleEngine(rule({ by: ['data.id'], once: 3_600_000, groups: 2 }))
  for (const [at, id] of [1, 2, 1, 3].entries()) engine.take({ tag: 'in/a', at: at + 1, data: { id } })
  expect(engine.told.map(({ group, outcome }) => `${group} ${outcome.is}`)).toEqual([
    '1 fired',
    '2 fired',
    '1 once',
    '1 evicted',
    '3 fired',
  ])
})

test('a group on which nothing depends any more is forgotten without a word', () => {
  const engine = ruleEngine(rule({ by: ['data.id'], once: 1_000, groups: 2 }))
  for (const id of [1, 2, 3, 4, 5]) engine.take({ tag: 'in/a', at: id * 10, data: { id } })
  expect(engine.said).toEqual(Array(5).fill('fired'))
  expect(engine.engine.runs[0].groups).toBeLessThanOrEqual(2)
})

test('a rule stops when rules have led to each other too often, and says which', () => {
  const chain = Array(8).fill('other').join(' ')
  const engine = ruleEngine(rule())
  engine.take({ tag: 'in/a', source: 'hub/h/rule', attributes: { rulechain: chain } })
  expect(engine.told).toMatchObject([{ outcome: { is: 'loop', reason: expect.stringContaining('other') } }])
  engine.take({ tag: 'in/a', source: 'hub/h/rule', attributes: { rulechain: 'one two' } })
  expect(engine.made[0].attributes.rulechain).toBe('one two r')
})

test('a publisher cannot pretend that rules have led to its event', () => {
  const engine = ruleEngine(rule())
  engine.take({ tag: 'in/a', source: 'me', attributes: { rulechain: Array(8).fill('x').join(' ') } })
  expect(engine.made[0].attributes.rulechain).toBe('r')
})

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

test('an event of a rule belongs to the trace of the event that has led to it, if that is valid', () => {
  const engine = ruleEngine(rule())
  engine.take({ tag: 'in/a', attributes: { traceparent: TRACE } })
  engine.take({ tag: 'in/a', attributes: { traceparent: 'mine' } })
  expect(engine.made.map(({ attributes }) => attributes.traceparent)).toEqual([TRACE, undefined])
})

test('a match that waits keeps its trace over a restart', () => {
  const waits = rule({ unless: { filter: 'in/done', within: 10_000 } })
  const before = ruleEngine(waits)
  before.take({ tag: 'in/a', at: 1, attributes: { traceparent: TRACE } })
  const after = ruleEngine(waits)
  after.engine.runs[0].restore(unpack(pack(before.engine.runs[0].snapshot())))
  after.engine.skip(after.engine.runs[0], 0)
  after.engine.advance(60e6)
  expect(after.made.map(({ attributes }) => attributes.traceparent)).toEqual([TRACE])
})

test('events without a type of their own are grouped by the type of their tag', () => {
  const engine = ruleEngine(rule({ filter: ['door/', 'lamp/'], by: ['type'] }))
  engine.take({ tag: 'door/1' })
  engine.take({ tag: 'lamp/1' })
  engine.take({ tag: 'door/2', attributes: { type: 'acme.bell' } })
  expect(engine.told.map(({ group }) => group)).toEqual(['type.of.door', 'type.of.lamp', 'acme.bell'])
})

test('the time of an event is its own if it says a valid one, and otherwise that of the log', () => {
  const engine = ruleEngine(rule({ fire: { tag: 'out', data: field('time') } }))
  const at = Date.parse('2026-11-20T05:00:06Z') / 1000
  engine.take({ tag: 'in/a', at, attributes: { time: '2026-11-20T06:00:00.123456+01:00' } })
  engine.take({ tag: 'in/a', at, attributes: { time: 'yesterday' } })
  expect(engine.made.map(({ data }) => data)).toEqual([
    '2026-11-20T05:00:00.123456Z',
    '2026-11-20T05:00:06.000000Z',
  ])
})

test('a rule that acts too often stops until the time is over', () => {
  const engine = ruleEngine(rule({ atMost: { count: 2, within: 60_000 } }))
  for (const at of [1, 2, 3, 4, 61]) engine.take({ tag: 'in/a', at })
  expect(engine.said).toEqual(['fired', 'fired', 'rate', 'rate', 'fired'])
  expect(engine.engine.runs[0].counters).toMatchObject({ matched: 5, fired: 3, stopped: 2 })
})

test('an event that cannot be made is counted as failed, with the reason, and does not use up `once`', () => {
  const engine = ruleEngine(rule({ once: 60_000, fire: { tag: field('data.tag'), data: null } }))
  for (const [at, tag] of [undefined, 'hub/x', 'a\nb', 'x'.repeat(2000), 'fine'].entries())
    engine.take({ tag: 'in/a', at: at + 1, data: { tag } })
  expect(engine.told.map(({ outcome }) => ('reason' in outcome ? outcome.reason : outcome.is))).toEqual([
    'its tag is not text, or empty',
    'its tag is under hub/, which is for the hub itself',
    'its tag has a control character',
    'its tag has over 1024 bytes',
    'fired',
  ])
})

test('what a rule takes of an event is bounded', () => {
  const engine = ruleEngine(rule({ by: ['data.id'], fire: { tag: 'out', data: field('data.text') } }))
  engine.take({ tag: 'in/a', data: { text: 'x'.repeat(70_000) } })
  engine.take({ tag: 'in/a', data: { id: 'x'.repeat(600) } })
  expect(engine.said).toEqual(['failed', 'failed'])
})

test('matches that wait take bounded memory', () => {
  const engine = ruleEngine(
    rule({
      by: ['data.id'],
      unless: { filter: 'done', within: 60_000 },
      fire: { tag: 'out', data: field('data.text') },
    }),
  )
  const text = 'x'.repeat(60_000)
  for (let id = 0; id < 100; id++) engine.take({ tag: 'in/a', at: 1, data: { id, text } })
  expect(engine.engine.runs[0].waiting).toBeLessThan(80)
  expect(engine.engine.runs[0].counters.evicted).toBe(100 - engine.engine.runs[0].waiting)
})

test('a rule does not see what the hub says about it, but others do', () => {
  const engine = ruleEngine(rule({ name: 'a', filter: [] }), rule({ name: 'ab', filter: [] }))
  engine.take({ tag: 'hub/rule/a', source: 'hub/h' })
  expect(engine.told.map((told) => told.rule)).toEqual(['ab'])
})

test('time does not go backwards when the clock does', () => {
  const engine = ruleEngine(rule({ once: 60_000 }))
  for (const at of [100, 50, 161]) engine.take({ tag: 'in/a', at })
  expect(engine.said).toEqual(['fired', 'once', 'fired'])
})
