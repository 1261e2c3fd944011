import { expect, it } from 'vitest'
import { startTestHub } from '../../../src/hub/testing.js'
import { configuredRules, rulesConfig } from '../../../src/rules/config.js'
import { ruleEngine } from '../rule-events.js'

const text = '^bad user (?<user>.*) from (?<address>\\S+)$'

function engine(more: object = {}) {
  const alert = {
    labels: { user: `\${line.user}` },
    resolve: { line: { program: 'x', text: '^good (?<user>.*)$' } },
  }
  const rules = { r: { line: { program: ['x', 'kernel'], text }, by: 'line.user', alert, ...more } }
  return ruleEngine(...configuredRules(rulesConfig.parse(rules)))
}

const line = (message: unknown, app: unknown = 'x') => ({
  tag: 'host/a/files/f/line',
  data: { message, fields: { app } },
})

it('a line of another program, another line, and an event that is no line are not matched', () => {
  const {
    take,
    made,
    engine: { runs },
  } = engine()
  for (const event of [
    line('bad user a from b', 'y'),
    line('good a'),
    line(7),
    line('bad user a'),
    { tag: 'x' },
  ])
    take(event)
  expect([made, runs[0].counters.matched]).toEqual([[], 0])
})

it('a line begins and another one ends the alert of the same group', () => {
  const world = engine()
  for (const message of ['bad user a from b', 'bad user c from b', 'good c']) world.take(line(message))
  expect(world.made.map(({ tag, data }) => [tag, (data as { labels: unknown }).labels])).toEqual([
    ['alert/r/firing', { user: 'a' }],
    ['alert/r/firing', { user: 'c' }],
    ['alert/r/resolved', { user: 'c' }],
  ])
})

it('groups of the pattern are what the line says, whatever it says', () => {
  const world = engine({
    alert: { labels: { user: `\${line.user}`, host: `\${line.host}` }, resolve: 'byHand' },
  })
  for (const user of ['__proto__', '$' + '{line.host}', '', '\u0000'])
    world.take(line(`bad user ${user} from b`))
  expect(world.made.map(({ data }) => (data as { labels: unknown }).labels)).toEqual([
    { user: '__proto__', host: 'a' },
    { user: '$' + '{line.host}', host: 'a' },
    { user: '', host: 'a' },
    { user: ' ', host: 'a' },
  ])
})

it('a line that says that it was repeated very often takes no longer', () => {
  const world = engine({ after: { count: 3, within: '1m' } })
  world.take(line('message repeated 999999 times: [ bad user a from b]'))
  expect(world.said).toEqual(['counted', 'counted', 'fired'])
})

it('a pattern that cannot be used is refused with its place', () => {
  const parse = (given: string) =>
    rulesConfig.safeParse({ r: { line: { program: 'x', text: given }, fire: { tag: 'a' } } })
  expect(parse('(').success).toBe(false)
  expect(parse('(?<ü>a)').success).toBe(false)
  expect(parse('(?<a>a)').success).toBe(true)
})

it('a hub runs the rules of a kit, and a rule of the same name takes the place of a ready one', async () => {
  const own = { filter: 'own/', fire: { tag: 'mine' } }
  await using hub = await startTestHub({ config: { ruleKits: ['time'], rules: { 'clock-wrong': own } } })
  await using client = await hub.connect()
  const { rules } = await client.request<{ rules: { name: string }[] }>('rules.list')
  expect(rules.map(({ name }) => name)).toEqual(['clock-without-source', 'clock-wrong'])
  const shown = await client.request<{ settings: { alert?: unknown } }>('rules.show', { name: 'clock-wrong' })
  expect(shown.settings.alert).toBeUndefined()
  const data = { message: "Can't synchronise: no selectable sources", app: 'chronyd', host: 'web1' }
  await client.publish('syslog/s/web1/chronyd', data)
  const alerts = async () => (await client.request<{ alerts: unknown[] }>('alerts.list')).alerts
  await expect.poll(alerts, { timeout: 30_000 }).toMatchObject([{ labels: { host: 'web1' } }])
})
