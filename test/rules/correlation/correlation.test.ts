import { expect, test } from 'vitest'
import { decode, encode } from '../../../src/event/index.js'
import { formatTime } from '../../../src/event/position.js'
import type { ConditionDefinition } from '../../../src/rules/correlation/correlation.js'
import { continuesAlerts, settingsOf } from '../../../src/rules/rule-store.js'
import type { RuleSnapshot } from '../../../src/rules/run.js'
import { alerting } from '../alerts/alert-world.js'
import { type RuleEvent, ruleEngine, ruleFrame } from '../rule-events.js'
import { correlating, link, linkAt, login, loginAt, minutes } from './correlating.js'

test('a rule acts when there is an event of each condition with the same value, in whichever field it is', () => {
  const engine = ruleEngine(correlating())
  engine.take(loginAt(0, 'a'))
  engine.take(linkAt(10, 'b'))
  engine.take(linkAt(20, 'a'))
  expect(engine.told.map(({ group, outcome }) => [group, outcome])).toMatchObject([
    ['a', { is: 'partial', condition: 'login', missing: ['link'] }],
    ['b', { is: 'partial', condition: 'link', missing: ['login'] }],
    ['a', { is: 'fired', events: [{ tag: 'out/ada/7' }] }],
  ])
})

test('the order of the events makes no difference unless the rule says so', () => {
  const any = ruleEngine(correlating())
  const ordered = ruleEngine(correlating({ ordered: true }))
  for (const { take } of [any, ordered]) {
    take(linkAt(0))
    take(loginAt(1))
  }
  expect(any.made.map(({ tag }) => tag)).toEqual(['out/ada/7'])
  expect(ordered.told.map(({ outcome }) => outcome)).toEqual([
    { is: 'partial', condition: 'link', missing: ['login', 'link'] },
    { is: 'partial', condition: 'login', missing: ['link'] },
  ])
  ordered.take(linkAt(2, 'a', 8))
  expect(ordered.made.map(({ tag }) => tag)).toEqual(['out/ada/8'])
})

test('events count for as long as the rule says', () => {
  const { take, made } = withinFive()
  take(loginAt(0))
  take(linkAt(300))
  expect(made()).toEqual([])
  take(loginAt(599))
  expect(made()).toEqual(['out/ada/7'])
})

test('of several events that match one condition the last one counts, and after acting the rule begins anew', () => {
  const { take, made } = withinFive()
  take(loginAt(0, 'a', 'ada'))
  take(loginAt(1, 'a', 'bob'))
  take(linkAt(2))
  take(linkAt(3))
  take(loginAt(4, 'a', 'eve'))
  expect(made()).toEqual(['out/bob/7', 'out/eve/7'])
})

test('in order, the last event of each condition counts too', () => {
  const third = { name: 'done', filter: 'done/', by: ['data.peer'] }
  const fire = { tag: `out/\${login.data.user}/\${link.data.port}`, data: null }
  const { take, told } = ruleEngine(
    correlating({ conditions: [login, link, third], ordered: true }, { fire }),
  )
  take(loginAt(0, 'a', 'ada'))
  take(linkAt(1, 'a', 1))
  take(linkAt(2, 'a', 2))
  take({ tag: 'done/x', at: 3, data: { peer: 'a' } })
  expect(told.map(({ outcome }) => outcome)).toMatchObject([
    { is: 'partial', missing: ['link', 'done'] },
    { is: 'partial', missing: ['done'] },
    { is: 'partial', missing: ['done'] },
    { is: 'fired', events: [{ tag: 'out/ada/2' }] },
  ])
})

test('an event without a value to group by counts for nothing', () => {
  const engine = ruleEngine(correlating())
  engine.take({ tag: 'syslog/n', at: 0, data: { user: 'ada' } })
  engine.take({ tag: 'snmp/t', at: 1, data: { ip4: '' } })
  expect(engine.told.map(({ outcome }) => outcome)).toEqual([
    { is: 'apart', condition: 'login' },
    { is: 'apart', condition: 'link' },
  ])
  expect(engine.engine.runs[0].groups).toBe(0)
})

test('with several fields, each must have a value', () => {
  const two = ['data.peer', 'data.user']
  const conditions = [
    { ...login, by: two },
    { ...link, by: ['data.ip4', 'data.port'] },
  ]
  const engine = ruleEngine(correlating({ conditions }))
  engine.take(loginAt(0, 'a', '7'))
  engine.take({ tag: 'snmp/t', at: 1, data: { ip4: 'a' } })
  engine.take(linkAt(2, 'a', 7))
  expect(engine.said).toEqual(['partial', 'apart', 'fired'])
})

test('an event that matches two conditions counts for both, and in order only for one at a time', () => {
  const both = [
    { ...login, filter: 'in/' },
    { ...link, filter: 'in/', by: ['data.peer'] },
  ]
  const any = ruleEngine(correlating({ conditions: both }))
  any.take({ tag: 'in/a', at: 0, data: { peer: 'a', user: 'ada', port: 1 } })
  expect(any.made.map(({ tag }) => tag)).toEqual(['out/ada/1'])
  const ordered = ruleEngine(correlating({ conditions: both, ordered: true }))
  ordered.take({ tag: 'in/a', at: 0, data: { peer: 'a', user: 'ada', port: 1 } })
  ordered.take({ tag: 'in/a', at: 1, data: { peer: 'a', user: 'bob', port: 2 } })
  expect(ordered.made.map(({ tag }) => tag)).toEqual(['out/ada/2'])
})

test('one event that completes two groups leads to two events with numbers of their own', () => {
  const conditions = [
    { ...login, filter: 'in/a', by: ['data.from'] },
    { ...link, filter: 'in/', by: ['data.to'] },
  ]
  const engine = ruleEngine(correlating({ conditions }))
  engine.take({ tag: 'in/b', at: 0, data: { to: 'x', port: 1 } })
  engine.take({ tag: 'in/a', at: 1, data: { from: 'y', to: 'z', user: 'ada' } })
  engine.take({ tag: 'in/a', at: 2, data: { from: 'x', to: 'y', user: 'bob', port: 2 } })
  expect(engine.made.map(({ tag }) => tag).sort()).toEqual(['out/ada/2', 'out/bob/1'])
  const [one, other] = engine.made.map(({ counter }) => counter)
  expect(other).toBeGreaterThan(one)
})

test('without data of its own, the event has all events by the names of their conditions', () => {
  const engine = ruleEngine(correlating({}, { fire: { tag: 'out', data: undefined } }))
  engine.take(loginAt(0))
  engine.take(linkAt(1))
  expect(engine.made[0].data).toMatchObject({
    rule: 'r',
    events: {
      login: { tag: 'syslog/n', source: 'test', time: '1970-01-01T00:00:00.000000Z', data: { user: 'ada' } },
      link: { tag: 'snmp/t', cursor: expect.stringMatching(/^epoch-\d+$/), data: { port: 7 } },
    },
  })
})

test('fields without the name of a condition are those of the event that came last', () => {
  const fire = { tag: `out/\${tag}`, data: { user: `\${data.user}`, port: `\${data.port}` } }
  const engine = ruleEngine(correlating({}, { fire }))
  engine.take(loginAt(0))
  engine.take(linkAt(1))
  expect(engine.made).toMatchObject([{ tag: 'out/snmp/t', data: { user: null, port: 7 } }])
})

test('conditions about lines of log files read their groups', () => {
  const lines = {
    name: 'login',
    filter: 'log/',
    line: { programs: ['sshd'], text: '^Failed password for (?<user>\\S+) from (?<address>\\S+)$' },
    by: ['line.address'],
  }
  const fire = { tag: `out/\${login.line.user}/\${login.line.host}`, data: null }
  const engine = ruleEngine(correlating({ conditions: [lines, link] }, { fire }))
  const line = (at: number, message: string) => ({
    tag: 'log/a',
    at,
    data: { app: 'sshd', host: 'web1', message },
  })
  engine.take(line(0, 'Connection closed by 192.0.2.1'))
  engine.take(line(1, 'Failed password for ada from 192.0.2.1'))
  engine.take(linkAt(2, '192.0.2.1'))
  expect(engine.made.map(({ tag }) => tag)).toEqual(['out/ada/web1'])
  expect(engine.engine.runs[0].counters.matched).toBe(2)
})

test('by the time of events, those that come in another order are taken as they happened', () => {
  const own = (event: { at: number }, time: number) => ({
    ...event,
    at: 1000 + event.at,
    attributes: { time: new Date((1000 + time) * 1000).toISOString() },
  })
  const engine = ruleEngine(correlating({ ordered: true }, { eventTime: { delay: 30_000 } }))
  engine.take({ ...linkAt(0), ...own(linkAt(10), 5) })
  engine.take({ ...loginAt(0), ...own(loginAt(11), 4) })
  engine.engine.advance(1100e6)
  expect(engine.made.map(({ tag }) => tag)).toEqual(['out/ada/7'])
})

const ownTime = (event: RuleEvent, at: number, time = at) => ({
  ...event,
  at: 20_000 + at,
  attributes: { time: formatTime((20_000 + time) * 1e6) },
})

test('by the time of events, one that comes late counts for nothing as long as earlier ones of its group count', () => {
  const engine = ruleEngine(correlating({}, { eventTime: { delay: 30_000 } }))
  engine.take(ownTime(loginAt(0, 'a'), 0))
  engine.take(ownTime(loginAt(0, 'b'), 40))
  engine.take(ownTime(loginAt(0, 'c'), 80))
  engine.take(ownTime(linkAt(0, 'a'), 120, -10_800))
  engine.engine.advance(21_000e6)
  expect(engine.told.map(({ group, outcome }) => `${group} ${outcome.is}`)).toEqual([
    'a partial',
    'b partial',
    'c partial',
    'a late',
  ])
})

test('nor does it when the rule has forgotten the time of its group', () => {
  const engine = ruleEngine(correlating({ ordered: true }, { eventTime: { delay: 30_000 }, groups: 1 }))
  engine.take(ownTime(loginAt(0, 'a'), 0))
  engine.take(ownTime(linkAt(0, 'b'), 1))
  engine.take(ownTime(linkAt(0, 'a'), 40, -1))
  engine.engine.advance(21_000e6)
  expect(engine.told.map(({ group, outcome }) => `${group} ${outcome.is}`)).toEqual([
    'a partial',
    'a evicted',
    'b partial',
    'b evicted',
    'a partial',
  ])
})

test('a rule waits after the last event, and an event with the value in another field makes acting unnecessary', () => {
  const unless = { filter: 'done/', within: 10_000, by: ['data.device'] }
  const engine = ruleEngine(correlating({}, { unless }))
  for (const device of ['a', 'b']) {
    engine.take(loginAt(0, device))
    engine.take(linkAt(1, device))
  }
  engine.take({ tag: 'done/x', at: 2, data: { device: 'a' } })
  engine.engine.advance(60e6)
  const fired = engine.told.filter(({ outcome }) => outcome.is === 'fired')
  expect(fired.map(({ group }) => group)).toEqual(['b'])
})

test('its alert ends with an event that has the value in another field, and further events are counted in pairs', () => {
  const { alert } = alerting({ labels: {}, resolve: { filter: 'up/', by: ['data.device'] } })
  const engine = ruleEngine(correlating({}, { alert, fire: undefined }))
  engine.take(loginAt(0))
  engine.take(linkAt(1))
  engine.take(loginAt(2))
  engine.take(linkAt(3))
  engine.take({ tag: 'up/x', at: 4, data: { device: 'b' } })
  engine.take({ tag: 'up/x', at: 5, data: { device: 'a' } })
  expect(engine.told.map(({ outcome }) => outcome)).toMatchObject([
    { is: 'partial' },
    { is: 'fired' },
    { is: 'partial' },
    { is: 'ongoing', count: 2 },
    { is: 'resolved' },
  ])
})

test('another condition with the same fields changes nothing about alerts that have begun, and other fields do', () => {
  const { alert } = alerting({ labels: {}, resolve: 'byHand' })
  const withConditions = (...conditions: ConditionDefinition[]) => correlating({ conditions }, { alert })
  const before = withConditions(login, link)
  const snapshot = ruleEngine(before).engine.runs[0].snapshot()
  const kept = { settings: settingsOf(before), epoch: 'e', seq: 0, began: 0, snapshot }
  expect(continuesAlerts(withConditions({ ...login, name: 'again' }, link, login), kept)).toBe(true)
  expect(continuesAlerts(withConditions(login, { ...link, by: ['data.port'] }), kept)).toBe(false)
})

test('rules that lead to each other are noticed by the longest way to any of the events', () => {
  const engine = ruleEngine(correlating())
  const chain = Array(8).fill('other').join(' ')
  engine.take({ ...loginAt(0), source: 'hub/a', attributes: { rulechain: chain } })
  engine.take(linkAt(1))
  expect(engine.said).toEqual(['partial', 'loop'])
})

test('of too many groups the one not seen for the longest is forgotten, and that is said', () => {
  const engine = ruleEngine(correlating({}, { groups: 2 }))
  for (const [at, peer] of ['a', 'b', 'a', 'c'].entries()) engine.take(loginAt(at, peer))
  engine.take(linkAt(5, 'b'))
  engine.take(linkAt(6, 'c'))
  expect(engine.told.map(({ group, outcome }) => `${group} ${outcome.is}`)).toEqual([
    'a partial',
    'b partial',
    'a partial',
    'b evicted',
    'c partial',
    'a evicted',
    'b partial',
    'c fired',
  ])
})

test('a group whose events count no longer is forgotten without a word', () => {
  const engine = ruleEngine(correlating({}, { groups: 2 }))
  for (const at of [0, 1, 2, 3]) engine.take(loginAt(at * 400, String(at)))
  expect(engine.said).toEqual(Array(4).fill('partial'))
  expect(engine.engine.runs[0].groups).toBe(1)
})

test('a group is counted once, whatever the rule remembers of it', () => {
  const engine = ruleEngine(correlating({}, { once: minutes(1), groups: 5 }))
  for (const take of [loginAt, linkAt, loginAt]) engine.take(take(0, 'a'))
  engine.take(loginAt(1, 'b'))
  expect(engine.engine.runs[0].groups).toBe(2)
})

test('events that wait take at most 4 MiB', () => {
  const engine = ruleEngine(correlating({}, { fire: { tag: 'out', data: `\${login.data.user}` } }))
  const long = 'x'.repeat(60_000)
  for (let i = 0; i < 80; i++) engine.take(loginAt(i, String(i), long))
  const evicted = engine.told.filter(({ outcome }) => outcome.is === 'evicted')
  expect(evicted.map(({ group }) => group)).toEqual(
    Array.from({ length: evicted.length }, (_, i) => String(i)),
  )
  expect(evicted.length).toBeGreaterThan(5)
  expect(engine.engine.runs[0].groups).toBe(80 - evicted.length)
})

test('of an event that waits, only the fields count that it gives to its condition', () => {
  const engine = ruleEngine(correlating({}, { fire: { tag: 'out', data: `\${data.user}` } }))
  const long = 'x'.repeat(60_000)
  for (let i = 0; i < 80; i++) engine.take(loginAt(i, String(i), long))
  expect(engine.said).toEqual(Array(80).fill('partial'))
})

test('an event that is too large for its templates counts as failed only when it would count', () => {
  const engine = ruleEngine(correlating({ ordered: true }))
  const large = { ...linkAt(0), data: { ip4: 'a', port: 'x'.repeat(70_000) } }
  engine.take(large)
  engine.take(loginAt(1))
  engine.take({ ...large, at: 2 })
  engine.take(linkAt(3))
  expect(engine.said).toEqual(['partial', 'partial', 'failed', 'fired'])
})

test.each([
  ['events that wait are there after a restart', 1001],
  ['events are in the order of the log also if its clock was set back', 1],
])('%s', (_, at) => {
  const settings = correlating({ ordered: true, within: minutes(1) })
  const before = ruleEngine(settings)
  before.engine.take(ruleFrame(loginAt(1000), 1), 0)
  const after = ruleEngine(settings)
  const [run] = after.engine.runs
  run.restore(decode(encode(before.engine.runs[0].snapshot())) as RuleSnapshot)
  after.engine.take(ruleFrame(linkAt(at), 2), 0)
  expect(after.made.map(({ tag }) => tag)).toEqual(['out/ada/7'])
})

function withinFive() {
  const engine = ruleEngine(correlating())
  return { take: engine.take, made: () => engine.made.map(({ tag }) => tag) }
}
