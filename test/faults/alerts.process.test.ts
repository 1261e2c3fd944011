import { expect, test, vi } from 'vitest'
import { type Client, connect } from '../../src/client/index.js'
import type { AlertInfo } from '../../src/methods/contract/index.js'
import { HubProcess } from '../e2e/hub-process.js'

const disk = {
  filter: 'in/',
  by: 'data.n',
  alert: { labels: { n: `\${data.n}` }, resolve: { filter: 'out/' }, endsAfter: '1h' },
}
const quiet = { filter: 'in/', by: 'data.n', alert: { labels: { n: `\${data.n}` }, endsAfter: '10s' } }

test('alerts of a hub that is killed while they fire do not begin again, and end once', async () => {
  const config = JSON.stringify({ rules: { disk, quiet } })
  await using first = await HubProcess.start({ config })
  await publish(first, 'in/a', [0, 1, 2])
  await firing(first, 6)
  await first.signal('SIGKILL')
  const options = { folder: first.folder, config }
  await using second = await HubProcess.start(options)
  await publish(second, 'in/a', [0, 1, 2])
  await publish(second, 'out/a', [1])
  await second.signal('SIGKILL')
  await using third = await HubProcess.start(options)
  // Those that end by themselves do so by the time that is stored.
  const left = await firing(third, 2)
  expect(left.map(({ rule, labels }) => [rule, labels.n])).toEqual([
    ['disk', '0'],
    ['disk', '2'],
  ])
  await using client = await connect({ address: third.socket })
  expect(await told(client, 'alert/disk/')).toEqual(['0 firing', '1 firing', '2 firing', '1 resolved'])
  const ended = (await told(client, 'alert/quiet/')).sort()
  expect(ended).toEqual(['0 firing', '0 resolved', '1 firing', '1 resolved', '2 firing', '2 resolved'])
})

test('alerts of a rule that is changed go on, and those of a rule that is removed end', async () => {
  await using first = await HubProcess.start({ config: JSON.stringify({ rules: { disk, quiet: disk } }) })
  await publish(first, 'in/a', [0])
  await firing(first, 2)
  expect(await first.stop()).toMatchObject({ code: 0 })
  const changed = { ...disk, alert: { ...disk.alert, endsAfter: '2h' } }
  await using second = await HubProcess.start({
    folder: first.folder,
    config: JSON.stringify({ rules: { disk: changed } }),
  })
  const [left] = await firing(second, 1)
  expect(left.rule).toBe('disk')
  await publish(second, 'in/a', [0])
  await using client = await connect({ address: second.socket })
  await vi.waitFor(async () => expect((await alertsOf(client))[0].count).toBe(2), { timeout: 30_000 })
  expect(await told(client, 'alert/disk/')).toEqual(['0 firing'])
  expect(await told(client, 'alert/quiet/')).toEqual(['0 firing', '0 resolved'])
})

async function publish({ socket }: HubProcess, tag: string, numbers: readonly number[]): Promise<void> {
  await using client = await connect({ address: socket })
  for (const n of numbers) await client.publish(tag, { n: String(n) }, { ack: 'durable' })
}

async function alertsOf(client: Client): Promise<AlertInfo[]> {
  return (await client.request<{ alerts: AlertInfo[] }>('alerts.list')).alerts
}

/** Resolves with the alerts when so many fire. */
async function firing({ socket }: HubProcess, count: number): Promise<AlertInfo[]> {
  await using client = await connect({ address: socket })
  return await vi.waitFor(
    async () => {
      const alerts = await alertsOf(client)
      expect(alerts).toHaveLength(count)
      return alerts
    },
    { timeout: 50_000 },
  )
}

async function told(client: Client, filter: string): Promise<string[]> {
  const found: string[] = []
  for await (const { data } of client.read(filter, { from: '-1h' }).events()) {
    const { labels, status } = data as { labels: { n: string }; status: string }
    found.push(`${labels.n} ${status}`)
  }
  return found
}
