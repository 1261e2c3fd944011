import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Client } from '../../../src/client/index.js'
import { startClusterHub } from '../../helpers/cluster-hub.js'
import { NatsServer } from '../../helpers/nats-server.js'

let server: NatsServer
beforeAll(async () => {
  server = await NatsServer.start()
})
afterAll(() => server.stop())

vi.setConfig({ testTimeout: 240_000 })
const LONG = { timeout: 150_000, interval: 200 }

const start = (name: string) =>
  startClusterHub(server.address, 'hosts', name, '5s', { hosts: { silentAfter: '10s' } })

async function statesAt(client: Client): Promise<string[]> {
  const { hosts } = await client.request('hosts.list', { match: ['web*'], order: 'name' })
  return hosts.map(({ name, state, events }) => `${name} ${state} ${events}`)
}

test('all hubs of a cluster know the same hosts, one of them says that they are silent, and a new primary goes on', async () => {
  const one = await start('one')
  const first = await one.client()
  const two = await start('two')
  const second = await two.client()
  await first.publish('host/web1/app/x', {})
  await second.publish('host/web2/app/x', {})
  for (const client of [first, second])
    await expect.poll(() => statesAt(client), LONG).toEqual(['web1 ok 1', 'web2 ok 1'])
  for (const client of [first, second])
    await expect.poll(() => statesAt(client), LONG).toEqual(['web1 silent 1', 'web2 silent 1'])
  await one.stop()
  await second.publish('host/web1/app/x', {})
  await expect.poll(() => statesAt(second), LONG).toEqual(['web1 ok 2', 'web2 silent 1'])
  const said: string[] = []
  for await (const { tag, data } of second.subscribe('hub/host/', { from: 'start', to: 'end' }).events())
    said.push(`${tag} ${(data as { hosts: string[] }).hosts.filter((name) => name.startsWith('web'))}`)
  expect(said).toEqual(['hub/host/silent web1,web2', 'hub/host/back web1'])
})
