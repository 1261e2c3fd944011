import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { Client } from '../../../../src/client/index.js'
import { startTestHub, type TestHub } from '../../../../src/hub/testing.js'
import { runCommand } from '../../../helpers/run-cli.js'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'

const rules = {
  full: { filter: 'disk/', where: 'data.used > 90', by: 'data.host', fire: { tag: `alert/\${data.host}` } },
  echo: { filter: 'loop/', fire: { tag: 'loop/again' } },
}
/** A type that this program does not know by itself. */
const door = { type: 'acme.door', tags: ['acme/door/*'], summary: 'A door was opened.' }
const doors = { filter: 'acme/', by: 'type', fire: { tag: 'alert/door' } }

const WAIT = { timeout: 50_000 }

let hub: TestHub
let client: Client
let folder: string

beforeAll(async () => {
  folder = temporaryFolder('rules')
  mkdirSync(file('types'))
  writeFileSync(file('types/acme.json'), JSON.stringify(door))
  const types = { folder: file('types') }
  writeFileSync(file('rules.yaml'), JSON.stringify({ rules }))
  writeFileSync(file('doors.yaml'), JSON.stringify({ types, rules: { doors } }))
  hub = await startTestHub({ config: { rules, types } })
  client = await hub.connect()
  await vi.waitFor(async () => expect(await states()).toEqual(['up', 'up']), WAIT)
  await client.publish('disk/a', { host: 'web1', used: 95 })
  await client.publish('disk/a', { host: 'web2', used: 15 })
  await client.publish('loop/a', {})
  await vi.waitFor(async () => expect(await stopped()).toBe(1), WAIT)
})
afterAll(async () => {
  await client?.close()
  await hub?.close()
})

async function list(): Promise<{ name: string; state: string; stopped: number }[]> {
  return (await client.request<{ rules: [] }>('rules.list')).rules
}

const states = async () => (await list()).map(({ state }) => state)
const stopped = async () => (await list()).find(({ name }) => name === 'echo')?.stopped
const run = (command: string, ...rest: string[]) =>
  runCommand([...command.split(' '), '--url', hub.address, ...rest])
const file = (name: string) => join(folder, name)

it('list shows how often each rule has matched and acted', async () => {
  const { code, stdout } = await run('rules list')
  expect(code).toBe(0)
  expect(stdout).toMatch(/^NAME +STATE +MATCHED +FIRED +ONCE +STOPPED +FAILED +WAITING +LAST +REASON$/m)
  expect(stdout).toMatch(/^echo +up +9 +8 +0 +1 +0 +0 /m)
  expect(stdout).toMatch(/^full +up +1 +1 +0 +0 +0 +0 /m)
})

it('show prints the settings of one rule, and refuses a name that no rule has', async () => {
  const { stdout } = await run('rules show full')
  expect(stdout).toMatch(/^name: full$/m)
  expect(stdout).toMatch(/^ +by:\n +- data.host$/m)
  const unknown = await run('rules show nobody')
  expect(unknown.code).not.toBe(0)
  expect(unknown.stderr).toContain('TCN_RULE_UNKNOWN')
})

it('test says what rules would make of the events of the log, and publishes nothing', async () => {
  const before = (await client.request<{ log: { last: number } }>('hub.status')).log.last
  const { code, stdout, stderr } = await run(
    'rules test',
    file('rules.yaml'),
    '--from',
    'start',
    '--rule',
    'full',
  )
  expect(code).toBe(0)
  expect(stdout).toMatch(/ full \[web1\] +disk\/a +fired +alert\/web1 /)
  expect(stdout).not.toContain('web2')
  expect(stdout).toMatch(/^full +1 +1 +0 +0 +0 +0 +0$/m)
  expect(stderr).toContain('nothing was published')
  expect((await client.request<{ log: { last: number } }>('hub.status')).log.last).toBe(before)
})

it('test takes recorded events without a hub, as data for programs', async () => {
  const recorded = await run('read --from start --format json', 'disk/')
  writeFileSync(file('events.ndjson'), recorded.stdout)
  const { code, stdout } = await runCommand([
    ...['rules', 'test', file('rules.yaml'), '--events', file('events.ndjson'), '--format', 'json'],
  ])
  expect(code).toBe(0)
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toMatchObject([
    { rule: 'full', group: 'web1', outcome: 'fired', events: [{ tag: 'alert/web1' }] },
    { name: 'full', outcome: 'summary', matched: 1 },
    { name: 'echo', outcome: 'summary', matched: 0 },
  ])
})

it('test knows the types of the hub, and of a file the types that it names', async () => {
  await client.publish('acme/door/1', {})
  const recorded = file('events.tocsin')
  await run('export --from start --frames', '--output', recorded, 'acme/')
  for (const where of [
    ['--from', 'start', '--url', hub.address],
    ['--events', recorded],
  ]) {
    const { stdout } = await runCommand(['rules', 'test', file('doors.yaml'), ...where])
    expect(stdout).toMatch(/ doors \[acme\.door\] +acme\/door\/1 +fired /)
  }
})

it('test refuses a file whose rules are not valid, with the line', async () => {
  writeFileSync(file('wrong.yaml'), 'rules:\n  full: { filter: disk/ }\n')
  const { code, stderr } = await run('rules test', file('wrong.yaml'))
  expect(code).toBe(2)
  expect(stderr).toMatch(/wrong\.yaml:2:\d+: rules\.full: must do something/)
})

it('the status of the hub names a rule that was stopped, with the reason', async () => {
  const { stdout } = await run('status')
  expect(stdout).toMatch(/^rules +2 rules up$/m)
  expect(stdout).toMatch(/^RULE +STOPPED +FAILED +FORGOTTEN +LATE +LAST +REASON$/m)
  expect(stdout).toMatch(/^echo +1 +0 +0 .* ago +the rules echo, .*have led to each other$/m)
})
