import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { expect, it, vi } from 'vitest'
import { configJsonSchema } from '../../../src/config/json-schema.js'
import { parseConfig } from '../../../src/config/load.js'
import { hubConfig } from '../../../src/hub/config/index.js'
import type { HubStatus, RuleInfo } from '../../../src/methods/contract/index.js'
import { Receiver } from '../../sinks/receiver.js'
import { LiveHub } from '../live-hub.js'

const field = (name: string) => `\${${name}}`

function until(live: LiveHub, condition: (rules: RuleInfo[]) => boolean): Promise<RuleInfo[]> {
  return vi.waitFor(async () => {
    const { rules } = await live.admin.request<{ rules: RuleInfo[] }>('rules.list')
    expect(rules).toSatisfy(condition)
    return rules
  })
}

const isUp = (rules: RuleInfo[]) => rules.length > 0 && rules.every(({ state }) => state === 'up')
const matched = (count: number) => (rules: RuleInfo[]) => rules.some((rule) => rule.matched === count)

async function tags(live: LiveHub, filter: string): Promise<string[]> {
  const found: string[] = []
  for await (const { tag } of live.admin.read(filter, { from: 'start' }).events()) found.push(tag)
  return found
}

const alert = `rules: { disk: { filter: in/, by: data.host, onceWithin: 1h, fire: { tag: "alert/${field('data.host')}" } } }\n`

it('a rule publishes its event, and its window survives a restart', async () => {
  await using live = await LiveHub.start(alert)
  await until(live, isUp)
  await live.admin.publish('in/a', { host: 'web1' }, { ack: 'durable' })
  await until(live, matched(1))
  await live.stop()
  await live.open()
  await until(live, isUp)
  await live.admin.publish('in/a', { host: 'web1' })
  await live.admin.publish('in/a', { host: 'web2' })
  const [{ fired, suppressed }] = await until(live, matched(3))
  expect({ fired, suppressed }).toEqual({ fired: 2, suppressed: 1 })
  expect(await tags(live, 'alert/')).toEqual(['alert/web1', 'alert/web2'])
})

it('a rule hands its event to a sink, which delivers nothing else', async () => {
  await using receiver = await Receiver.start()
  await using live = await LiveHub.start(
    `sinks: { pager: { type: webhook, url: "${receiver.url}", filter: { any: [] } } }\nrules: { page: { filter: in/, sink: pager } }\n`,
  )
  await until(live, isUp)
  await live.admin.publish('other/a', {})
  await live.admin.publish('in/a', { x: 1 })
  await receiver.until(() => receiver.got.length === 1)
  expect(receiver.subjects).toEqual(['rule/page'])
  // Whoever may publish cannot hand events to a sink.
  await live.admin.publish('mine', {}, { attributes: { rulesink: 'pager' } })
  await live.admin.publish('in/b', {})
  await receiver.until(() => receiver.got.length === 2)
  expect(receiver.subjects).toEqual(['rule/page', 'rule/page'])
})

it('a rule that goes by event time says what it holds and what came too late', async () => {
  await using live = await LiveHub.start(
    `rules: { late: { filter: in/, eventTime: { delay: 1s }, fire: { tag: out, data: "\${data.n}" } } }\n`,
  )
  await until(live, isUp)
  const publish = (n: number) =>
    live.admin.publish('in/a', { n }, { attributes: { time: `2026-01-01T00:00:0${n}Z` } })
  await publish(3)
  await publish(2)
  await until(live, ([{ held }]) => held === 2)
  await until(live, ([{ held, fired }]) => held === 0 && fired === 2)
  await publish(1)
  const [rule] = await until(live, ([{ late }]) => late === 1)
  expect(rule.fault).toMatch(/of 2026-01-01T00:00:01.* came after one of 2026-01-01T00:00:03/)
  await vi.waitFor(async () => expect(await tags(live, 'hub/rule/')).toEqual(['hub/rule/late']))
  expect(await tags(live, 'out')).toEqual(['out', 'out'])
})

it('a rule runs a job with words of the event as they are', async () => {
  await using live = await LiveHub.start()
  const script = live.path('note')
  const out = live.path('out')
  writeFileSync(script, `#!/bin/sh\nprintf '%s|' "$@" >> ${out}\n`)
  chmodSync(script, 0o755)
  const { applied } = await live.commit({
    jobs: { programs: [script] },
    rules: { heal: { filter: 'in/', job: [script, field('data.a'), `n=${field('data.n')}`] } },
  })
  expect(applied).toContain('rules.heal')
  await until(live, isUp)
  await live.admin.publish('in/a', { a: 'two "words"; $(date)', n: 1 })
  await expect
    .poll(() => (existsSync(out) ? readFileSync(out, 'utf8') : ''), { timeout: 30_000 })
    .toBe('two "words"; $(date)|n=1|')
})

it('rules are added, changed and removed while the hub runs, and one that is the same keeps what it remembers', async () => {
  await using live = await LiveHub.start(alert)
  await until(live, isUp)
  await live.admin.publish('in/a', { host: 'web1' })
  await until(live, matched(1))
  await live.commit({ 'rules.other': { filter: 'in/', fire: { tag: 'other' } } })
  await until(live, (rules) => rules.length === 2 && isUp(rules))
  await live.admin.publish('in/a', { host: 'web1' })
  const rules = await until(live, matched(2))
  expect(rules.map(({ name, fired }) => [name, fired])).toEqual([
    ['disk', 1],
    ['other', 1],
  ])
  await live.commit({ rules: undefined })
  expect(await until(live, (left) => left.length === 0)).toEqual([])
})

it('a rule that is stopped by a guard is an event of the hub, once at first', async () => {
  await using live = await LiveHub.start('rules: { echo: { filter: in/, fire: { tag: in/again } } }\n')
  await until(live, isUp)
  await live.admin.publish('in/a', {})
  const rules = await until(live, ([{ stopped }]) => stopped === 1)
  expect(rules).toMatchObject([
    { fault: expect.stringContaining('have led to each other'), lastFault: expect.any(Number) },
  ])
  expect((await live.admin.request<HubStatus>('hub.status')).rules).toEqual(rules)
  await expect.poll(() => tags(live, 'hub/rule/')).toEqual(['hub/rule/echo'])
  const told = live.admin.read('hub/rule/', { from: 'start' }).events()
  for await (const { data } of told) expect(data).toMatchObject({ rule: 'echo', state: 'loop', count: 1 })
  expect(await tags(live, 'in/')).toHaveLength(9)
})

it('silence becomes an event when its time is over', async () => {
  await using live = await LiveHub.start(
    'rules: { quiet: { filter: beat/, unlessFollowedBy: { filter: beat/, within: 100ms }, fire: { tag: silent } } }\n',
  )
  await until(live, isUp)
  const silent = live.admin.subscribe('silent')
  await silent.ready()
  await live.admin.publish('beat/a', {})
  for await (const { attributes } of silent.events()) {
    expect(attributes.rulechain).toBe('quiet')
    break
  }
})

it('matches that wait lead to what they should after a restart and a commit that adds another rule', async () => {
  const late =
    'late: { filter: in/, by: data.n, unlessFollowedBy: { filter: no/, within: 2s }, fire: { tag: late } }'
  await using live = await LiveHub.start(`rules: { ${late} }\n`)
  await until(live, isUp)
  for (const n of [1, 2, 3]) await live.admin.publish('in/a', { n }, { ack: 'durable' })
  await until(live, ([{ waiting }]) => waiting === 3)
  await live.stop()
  await live.open()
  await until(live, isUp)
  await live.commit({ 'rules.other': { filter: 'other/', fire: { tag: 'other' } } })
  await until(live, ([{ fired }]) => fired === 3)
  expect(await tags(live, 'late')).toEqual(['late', 'late', 'late'])
})

it('alerts go where routes lead, also when a commit changes them while alerts fire', async () => {
  await using receiver = await Receiver.start()
  const sink = (path: string) => `{ type: webhook, url: "${receiver.url}/${path}", filter: { any: [] } }`
  await using live = await LiveHub.start(
    `sinks: { pager: ${sink('pager')}, chat: ${sink('chat')} }
rules:
  disk:
    filter: in/
    by: data.host
    alert: { labels: { host: "${field('data.host')}" }, resolve: { filter: out/ } }
alertRoutes: [{ match: { host: 'db*' }, to: [pager, chat] }]
`,
  )
  const told = () =>
    receiver.got.map(({ url, body }) => `${url.slice('/hook/'.length)} ${JSON.parse(body).data.labels.host}`)
  await until(live, isUp)
  await live.admin.publish('in/a', { host: 'web1' })
  await live.admin.publish('in/a', { host: 'db1' })
  await receiver.until(() => receiver.got.length === 2)
  expect(told().sort()).toEqual(['chat db1', 'pager db1'])
  const { alerts } = await live.admin.request('alerts.list', { all: true })
  expect(alerts.map(({ sinks }) => sinks)).toEqual([[], ['pager', 'chat']])
  await live.commit({ alertRoutes: [{ to: 'chat' }] })
  await until(live, isUp)
  await live.admin.publish('out/a', { host: 'db1' })
  await receiver.until(() => receiver.got.length === 3)
  expect(told().at(-1)).toBe('chat db1')
})

it.each([
  ['rules', 'administrators', '"remote":true'],
  ['alertRoutes', 'anybody', '"remote":'],
])('no key of %s can be changed from another machine by %s', (key, _who, mark) => {
  const schema = configJsonSchema(hubConfig).properties?.[key]
  expect(schema).toBeDefined()
  expect(JSON.stringify(schema)).not.toContain(mark)
})

it.each([
  ['an unknown sink', '{ to: none }', 'there is no sink "none"'],
  ['a sink that has everything', '{ to: [all] }', 'delivers every event'],
  ['an unknown key', '{ match: {}, to: all, continue: true }', 'continue'],
])('a route to alerts with %s is a problem of the configuration', (_what, route, problem) => {
  const yaml = `sinks: { all: { type: file, path: /tmp/x } }\nalertRoutes: [${route}]\n`
  expect(() => parseConfig(hubConfig, yaml, 'tocsin.yaml')).toThrow(problem)
})

it.each([
  ['an unknown sink', 'r: { sink: none }', 'there is no sink "none"'],
  ['a program that jobs may not run', 'r: { job: [/bin/true] }', '`jobs.programs` does not allow /bin/true'],
  ['a program from the event', `r: { job: ["${field('data.x')}"] }`, 'absolute path of a program'],
  ['nothing to do', 'r: { filter: a }', 'must do something'],
  ['a wrong field', `r: { fire: { tag: "a/${field('Data.x')}" } }`, 'is no field'],
  ['a wrong group', 'r: { by: Data, fire: { tag: a } }', 'is no field'],
  ['a sink that has everything', 'r: { sink: all }', 'delivers every event'],
])('a rule with %s is a problem of the configuration', (_what, text, problem) => {
  const yaml = `sinks: { all: { type: file, path: /tmp/x } }\nrules: { ${text} }\n`
  expect(() => parseConfig(hubConfig, yaml, 'tocsin.yaml')).toThrow(problem)
})
