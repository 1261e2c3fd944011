import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { Client } from '../../../../src/client/index.js'
import { startTestHub, type TestHub } from '../../../../src/hub/testing.js'
import type { AlertInfo, SilenceInfo } from '../../../../src/methods/contract/index.js'
import { runCommand } from '../../../helpers/run-cli.js'
import { Receiver } from '../../../sinks/receiver.js'

const disk = {
  filter: 'disk/',
  where: 'data.used > 90',
  by: 'data.host',
  alert: {
    severity: 'critical',
    labels: { host: `\${data.host}` },
    summary: `\${data.host} is full`,
    resolve: { filter: 'disk/', where: 'data.used < 80' },
  },
  sink: 'pager',
}
const WAIT = { timeout: 50_000 }
const KEY = '00112233445566778899aabbccddeeff'

let hub: TestHub
let client: Client
let receiver: Receiver

beforeAll(async () => {
  receiver = await Receiver.start()
  const pager = { type: 'webhook', url: receiver.url, form: 'alertmanager', filter: { any: [] } }
  hub = await startTestHub({
    config: { rules: { disk }, sinks: { pager }, principals: { guest: { see: ['other/'] } } } as never,
  })
  client = await hub.connect()
})
afterAll(async () => {
  await client?.close()
  await hub?.close()
  await receiver?.[Symbol.asyncDispose]()
})

const run = (...words: string[]) => runCommand(['alerts', ...words, '--url', hub.address])
const alerts = async (all = true) =>
  (await client.request<{ alerts: AlertInfo[]; silences: SilenceInfo[] }>('alerts.list', { all })).alerts
const until = (count: number, all = true) =>
  vi.waitFor(async () => expect(await alerts(all)).toHaveLength(count), WAIT)
/** The alerts that the receiver was told of; a request may have several. */
const sent = () => receiver.got.flatMap(({ body }) => JSON.parse(body))
const used = (host: string, percent: number) => client.publish('disk/a', { host, used: percent })

it('shows an alert, whose sink can tell its begin from its end by the same labels', async () => {
  expect((await run()).stdout).toBe('no alert fires\n')
  await used('web1', 95)
  await until(1)
  expect((await run()).stdout).toMatch(
    /^SEVERITY +RULE.*\ncritical +disk +[0-9a-f]{16} .*firing +pager +web1 is full\n$/,
  )
  await used('web1', 50)
  await until(0)
  await vi.waitFor(() => expect(sent()).toHaveLength(2), WAIT)
  const [begun, ended] = sent()
  expect(begun.labels).toMatchObject({ alertname: 'disk', host: 'web1', severity: 'critical' })
  expect(ended.labels).toEqual(begun.labels)
  expect(ended.startsAt).toBe(begun.startsAt)
  expect(Date.parse(begun.endsAt) - Date.now()).toBeGreaterThan(86_400_000)
  expect(Date.parse(ended.endsAt)).toBeLessThanOrEqual(Date.now())
})

it('a silence keeps an alert from its sink until it ends', async () => {
  const before = sent().length
  const made = await run('silence', 'host=db*', '--for', '2h', '--why', 'work', '--json')
  const silence: SilenceInfo = JSON.parse(made.stdout)
  expect(silence).toMatchObject({ matchers: { host: 'db*' }, by: 'admin', why: 'work' })
  await vi.waitFor(
    async () => expect((await run('--silenced')).stdout + silence.id).toContain(silence.id),
    WAIT,
  )
  await used('db1', 95)
  await until(1)
  await until(0, false)
  expect((await run('list', '--silenced')).stdout).toContain('silenced')
  expect(sent()).toHaveLength(before)
  expect(await run('unsilence', silence.id)).toMatchObject({
    code: 0,
    stdout: `the silence ${silence.id} has ended\n`,
  })
  await vi.waitFor(() => expect(sent()).toHaveLength(before + 1), WAIT)
  await used('db1', 10)
  await until(0)
})

it('somebody ends an alert by its key, and that has a name in the log', async () => {
  await used('web2', 99)
  await until(1)
  const [{ key }] = await alerts()
  expect((await run('resolve', key, '--why', 'checked')).code).toBe(0)
  await until(0)
  const events: unknown[] = []
  for await (const { tag, data } of client.read('alert/disk/resolved', { from: '-1h' }).events())
    events.push([tag, data])
  expect(events.at(-1)).toMatchObject(['alert/disk/resolved', { key, reason: 'hand', by: 'admin' }])
})

it('what cannot be is refused with a reason', async () => {
  const silence = (...words: string[]) => run('silence', ...words, '--why', 'x')
  expect((await silence('host', '--for', '1h')).stderr).toContain('"host" is not NAME=PATTERN')
  expect((await silence('host=a', '--for', '31d')).stderr).toContain('more than 30 days')
  expect((await silence('host=a', '--for', '31d', '--long')).code).toBe(0)
  expect((await run('unsilence', 'none')).stderr).toContain('TCN_ALERT_UNKNOWN')
  expect((await run('resolve', KEY)).stderr).toContain('TCN_ALERT_UNKNOWN')
})

it('nobody sees alerts whose events they may not see', async () => {
  await used('web3', 99)
  await until(1)
  const { token } = await client.request<{ token: string }>('tokens.add', { name: 'g', principal: 'guest' })
  await using guest = await hub.connect({ token })
  expect(await guest.request('alerts.list', { all: true })).toEqual({ alerts: [], silences: [], more: false })
  await expect(guest.request('alerts.resolve', { key: KEY })).rejects.toMatchObject({
    code: 'TCN_ACCESS_DENIED',
  })
})
