import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type Client, connect, type TocsinError } from '../../src/client/index.js'
import type { LogInfo } from '../../src/methods/contract/index.js'
import { HubProcess, jsonLines, startTocsin } from '../e2e/hub-process.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { eventually } from './eventually.js'
import { SmallDisk } from './small-disk.js'
import { Suspensions } from './suspensions.js'

const MiB = 2 ** 20
const fill = new Uint8Array(50_000)

interface Data {
  n: number
}

function folderWithDisk(): { folder: string; disk: SmallDisk } {
  const folder = temporaryFolder('disk')
  const disk = new SmallDisk(join(folder, 'data'), 32 * MiB)
  onTestFinished(() => {
    disk[Symbol.dispose]()
  })
  return { folder, disk }
}

/** Publishes until the hub cannot flush; returns the durable numbers and the error. */
async function publishUntilRefused(
  client: Client,
  first: number,
): Promise<{ durable: number[]; error: TocsinError }> {
  const durable: number[] = []
  for (let n = first; ; n++) {
    try {
      await client.publish('a', { n, fill }, { ack: 'durable' })
      durable.push(n)
    } catch (error) {
      return { durable, error: error as TocsinError }
    }
  }
}

async function fault(client: Client): Promise<string | undefined> {
  return (await client.request<LogInfo>('log.info')).fault?.code
}

test('a full disk is reported to publishers, subscribers continue, and the hub recovers', async () => {
  const { folder, disk } = folderWithDisk()
  await using hub = await HubProcess.start({ folder })
  await using client = await connect({ address: hub.socket, window: 1 })
  const received: number[] = []
  const subscription = client.subscribe('a')
  const receiving = (async () => {
    for await (const event of subscription.events()) received.push((event.data as Data).n)
  })()
  await subscription.ready()
  await client.publish('a', { n: 0 }, { ack: 'durable' })

  disk.fill(4 * MiB)
  const full = await publishUntilRefused(client, 1)
  expect(full.durable.length).toBeGreaterThan(0)
  expect(full.error).toMatchObject({ code: 'TCN_LOG_FULL' })
  expect(await fault(client)).toBe('TCN_LOG_FULL')
  const fired = await hub.tocsin(['fire', 'b', '{}', '--ack', 'durable', '--timeout', '3s'])
  expect(fired).toMatchObject({ code: 5, stderr: expect.stringContaining('(TCN_LOG_FULL)') })

  await eventually(() => received.length > full.durable.length)
  await using late = await connect({ address: hub.socket })
  const replayed: number[] = []
  for await (const event of late.read('a').events()) replayed.push((event.data as Data).n)
  expect(replayed.slice(0, full.durable.length + 1)).toEqual([0, ...full.durable])
  expect((await hub.tocsin(['status'])).stdout).toContain('TCN_LOG_FULL')
  expect(hub.stderr.match(/publishers wait: .*\(TCN_LOG_FULL\)/g)).toHaveLength(1)

  disk.makeRoom()
  await eventually(async () => (await fault(client)) === undefined)
  const next = full.durable.length + 10
  await client.publish('a', { n: next }, { ack: 'durable' })
  await eventually(() => received.at(-1) === next)
  await eventually(() => hub.stderr.includes('the log accepts events again'))
  await subscription.close()
  await receiving
  await hub.signal('SIGKILL')

  await using again = await HubProcess.start({ folder })
  const { stdout } = await again.tocsin(['read', 'a', '--format', 'json'])
  const kept = jsonLines(stdout).map(({ data }) => (data as Data).n)
  expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b))
  expect(kept).toEqual(expect.arrayContaining([0, ...full.durable, next]))
  expect(received).toEqual(kept)
  expect(await again.tocsin(['log', 'verify'])).toMatchObject({ code: 0 })
})

test('publishers that do not wait are also told, slowed down in the meantime, and lose nothing', async () => {
  const { folder, disk } = folderWithDisk()
  await using hub = await HubProcess.start({ folder })
  const suspensions = new Suspensions()
  await using client = await connect({ address: hub.socket, window: 64, onStatus: suspensions.onStatus })
  await client.publish('a', { n: 0 }, { ack: 'durable' })
  disk.fill(2 * MiB)
  let n = 0
  while (suspensions.reasons.size === 0) {
    client.push('a', { n: ++n, fill: fill.subarray(0, 4000) })
    await Promise.race([client.ready(), suspensions.first])
  }
  expect([...suspensions.reasons]).toEqual([expect.stringContaining('(TCN_LOG_FULL)')])
  disk.makeRoom()
  await client.publish('a', { n: ++n }, { ack: 'durable' })
  const stored: number[] = []
  for await (const event of client.read('a').events()) stored.push((event.data as Data).n)
  expect(stored).toEqual(Array.from({ length: n + 1 }, (_, at) => at))
})

test('a hub does not start on a full or read-only disk, and reports why', async () => {
  const { folder, disk } = folderWithDisk()
  {
    await using hub = await HubProcess.start({ folder })
    await hub.tocsin(['fire', 'a', '1', '--ack', 'durable'])
    expect(await hub.stop()).toMatchObject({ code: 0 })
  }
  const serve = () =>
    startTocsin(['serve', '--no-sources', '--data', disk.folder, '--socket', join(folder, 'tocsin.sock')])
      .ended
  disk.fill(0)
  expect(await serve()).toMatchObject({ code: 4, stderr: expect.stringContaining('(TCN_LOG_FULL)') })
  disk.makeRoom()
  disk.makeReadOnly()
  expect(await serve()).toMatchObject({ code: 4, stderr: expect.stringContaining('(TCN_LOG_READ_ONLY)') })
})
