import { expect, test } from 'vitest'
import { alertKey } from '../../../src/rules/alerts/alert.js'
import { eventsOf } from '../../../src/rules/rule.js'
import { ruleEngine } from '../rule-events.js'
import { alerting, free, full } from './alert-world.js'

/** The tags of what was made, each with the second of its end. */
function changes(engine: ReturnType<typeof ruleEngine>) {
  return engine.told.flatMap(({ group, outcome }) =>
    eventsOf(outcome).map(({ tag, data }) => {
      const { end, reason } = data as { end?: string; reason?: string }
      return [tag, group, ...(end === undefined ? [] : [Date.parse(end) / 1000, reason])].join(' ')
    }),
  )
}

test('an alert begins with the first match, counts those after it, and ends when an event says so', () => {
  const engine = ruleEngine(alerting({ resolve: { filter: 'in/free' }, summary: `\${data.host} is full` }))
  for (const event of [free(9), full(10), full(20), free(30, 'b'), free(40), free(50)]) engine.take(event)
  expect(engine.said).toEqual(['fired', 'ongoing', 'resolved'])
  const [begun, ended] = engine.made
  expect(begun).toMatchObject({
    tag: 'alert/disk/firing',
    attributes: { rulechain: 'disk', rulecause: expect.any(String) },
    data: {
      ...{ rule: 'disk', key: alertKey('disk', 'a'), status: 'firing', severity: 'error' },
      ...{ summary: 'a is full', labels: { host: 'a' }, count: 1, start: '1970-01-01T00:00:10.000000Z' },
    },
  })
  expect(ended).toMatchObject({
    tag: 'alert/disk/resolved',
    data: {
      ...{ key: alertKey('disk', 'a'), status: 'resolved', count: 2, reason: 'event' },
      ...{ start: '1970-01-01T00:00:10.000000Z', end: '1970-01-01T00:00:40.000000Z' },
    },
  })
  expect(ended.counter).toBeGreaterThan(begun.counter)
})

test('an alert ends when nothing has matched for long enough, each group by itself', () => {
  const engine = ruleEngine(alerting({ endsAfter: 60_000 }))
  for (const event of [full(10), full(30, 'b'), full(50)]) engine.take(event)
  engine.engine.advance(200e6)
  expect(changes(engine)).toEqual([
    'alert/disk/firing a',
    'alert/disk/firing b',
    'alert/disk/resolved b 90 quiet',
    'alert/disk/resolved a 110 quiet',
  ])
})

test('any match keeps an alert alive whose begin takes several', () => {
  const engine = ruleEngine(alerting({ endsAfter: 60_000 }, { after: { count: 3, within: 10_000 } }))
  for (const at of [1, 2, 3, 50, 100]) engine.take(full(at))
  engine.engine.advance(300e6)
  expect(changes(engine)).toEqual(['alert/disk/firing a', 'alert/disk/resolved a 160 quiet'])
})

test('silence begins an alert, and the next event of the same kind ends it', () => {
  const silent = alerting(
    { resolve: { filter: 'in/full' } },
    { unless: { filter: 'in/full', within: 60_000 } },
  )
  const engine = ruleEngine(silent)
  engine.take(full(10))
  engine.engine.advance(100e6)
  engine.take(full(110))
  expect(changes(engine)).toEqual(['alert/disk/firing a', 'alert/disk/resolved a 110 event'])
})

test('a single fact is an event each time, without an end', () => {
  const engine = ruleEngine(alerting({ resolve: 'never' }))
  for (const at of [1, 2]) engine.take(full(at))
  expect(engine.made).toMatchObject([
    { tag: 'alert/disk/firing', data: { endless: true, count: 1 } },
    { tag: 'alert/disk/firing', data: { endless: true, count: 1 } },
  ])
  expect([...engine.engine.runs[0].alerts()]).toEqual([])
})

test('an end is held, and does not count if another match comes meanwhile', () => {
  const engine = ruleEngine(alerting({ resolve: { filter: 'in/free' }, hold: 60_000 }))
  for (const event of [full(10), free(20), full(30), free(700)]) engine.take(event)
  engine.engine.advance(800e6)
  expect(changes(engine)).toEqual(['alert/disk/firing a', 'alert/disk/resolved a 700 event'])
})

test('an alert that begins and ends again and again is one alert until it is calm', () => {
  const engine = ruleEngine(alerting({ resolve: { filter: 'in/free' }, hold: 10_000 }))
  for (const at of [0, 30, 60, 90]) {
    engine.take(full(at))
    engine.take(free(at + 5))
  }
  engine.engine.advance(1000e6)
  expect(changes(engine)).toEqual([
    'alert/disk/firing a',
    'alert/disk/resolved a 5 event',
    'alert/disk/firing a',
    'alert/disk/resolved a 95 event',
  ])
  expect(engine.made[2].data).toMatchObject({ flapping: true })
})

test('somebody ends an alert by its key, and only the hub may say so', () => {
  const engine = ruleEngine(alerting({ resolve: 'byHand' }))
  engine.take(full(10))
  const data = { rule: 'disk', key: alertKey('disk', 'a'), by: 'ada' }
  engine.take({ tag: 'hub/alert/resolve', at: 20, data, source: 'mallory' })
  expect(engine.said).toEqual(['fired'])
  engine.take({ tag: 'hub/alert/resolve', at: 30, data, source: 'hub/h' })
  expect(engine.made[1].data).toMatchObject({ status: 'resolved', reason: 'hand', by: 'ada' })
})

test('when too many alerts fire, a new one is refused and said, and none of those that fire is forgotten', () => {
  const engine = ruleEngine(alerting({ resolve: 'byHand' }))
  for (let host = 0; host <= 10_000; host++) engine.take(full(1, `h${host}`))
  expect(engine.said.at(-1)).toBe('full')
  const [run] = engine.engine.runs
  expect([run.counters.fired, run.counters.stopped, [...run.alerts()].length]).toEqual([10_000, 1, 10_000])
})
