import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { CopyLease } from '../../src/cluster/copy-lease.js'
import { natsConfig } from '../../src/storage/nats/config.js'
import { NatsLink } from '../../src/storage/nats/link.js'
import { startClusterHub } from '../helpers/cluster-hub.js'
import { NatsServer } from '../helpers/nats-server.js'
import { realRuntime } from '../helpers/real-runtime.js'

let server: NatsServer
beforeAll(async () => {
  server = await NatsServer.start()
})
afterAll(() => server.stop())

const LONG = { timeout: 20_000, interval: 50 }

async function optionsOf(prefix: string) {
  const link = await NatsLink.open({ runtime: realRuntime, servers: server.address })
  onTestFinished(() => link.close())
  const nats = natsConfig.parse({ servers: [`nats://${server.address}`], prefix, stream: prefix })
  return { link, nats, ttl: 5000, epoch: 'epoch' }
}

test('a copy is refused while a hub is the primary of the stream, and leaves the hub alone', async () => {
  const hub = await startClusterHub(server.address, 'led', 'one')
  const client = await hub.client()
  const role = async () => (await client.request('hub.status', {})).cluster?.role
  await expect.poll(role, LONG).toBe('primary')
  await expect(CopyLease.take(await optionsOf('led'))).rejects.toMatchObject({
    code: 'TCN_LOG_COPY_TARGET',
    details: { hub: 'one' },
  })
  expect(await role()).toBe('primary')
})

test('while a log is copied no hub becomes the primary, and one does when the copy is over', async () => {
  const options = await optionsOf('copied')
  const lease = await CopyLease.take(options)
  expect(lease.isHeld).toBe(true)
  const hub = await startClusterHub(server.address, 'copied', 'one')
  const client = await hub.client()
  const status = async () => (await client.request('hub.status', {})).cluster
  await expect.poll(async () => (await status())?.role, LONG).toBe('waiting')
  expect(lease.isHeld).toBe(true)
  await lease.release()
  await expect.poll(async () => (await status())?.role, LONG).toBe('primary')
})

test('a copy that was killed and runs again holds the lease again', async () => {
  const options = await optionsOf('killed')
  const killed = await CopyLease.take(options)
  await options.link.close()
  const again = await CopyLease.take(await optionsOf('killed'))
  expect(again.isHeld).toBe(true)
  await again.release()
  await killed.release()
})
