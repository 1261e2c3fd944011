import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type Client, type ConnectionStatus, connect, type TocsinError } from '../../src/client/index.js'
import type { LogInfo } from '../../src/methods/contract/index.js'
import { HubProcess, jsonLines, startTocsin } from '../e2e/hub-process.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { eventually } from './eventually.js'
import { SmallDisk } from './small-disk.js'

const MiB = 2 ** 20
/** Segments that are compressed meanwhile make room. */
const config = '{ "log": { "compression": "off" } }'
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

/** A client that sends no more than the window has room for, and the reason for which its events wait, once they do. */
async function connectPublisher(hub: HubProcess, window: number) {
  let reason: string | undefined
  const onStatus = (status: ConnectionStatus) => {
    if (status.code === 'TCN_BUS_SUSPENDED' && status.status === 'reconnecting') reason = status.reason
  }
  const client = await connect({ address: hub.socket, window, onStatus })
  const told = () => eventually(() => reason !== undefined)
  return { client, told, reason: () => reason }
}

/** Publishes until an event waits; returns the durable numbers, and the promise of the one that waits. */
async function publishUntilWaiting(
  client: Client,
  told: Promise<void>,
): Promise<{ durable: number[]; waiting: Promise<unknown> }> {
  const durable: number[] = []
  for (let n = 1; ; n++) {
    const waiting = client.publish('a', { n, fill }, { ack: 'durable' }).then(
      () => 'durable',
      (error: TocsinError) => error.code,
    )
    const outcome = await Promise.race([waiting, told])
    if (outcome === undefined) return { durable, waiting }
    expect(outcome).toBe('durable')
    durable.push(n)
  }
}

async function fault(client: Client): Promise<string | undefined> {
  return (await client.request<LogInfo>('log.info')).fault?.code
}

test('on a full disk publishers are told why they wait, subscribers continue, and the hub recovers', async () => {
  const { folder, disk } = folderWithDisk()
  await using hub = await HubProcess.start({ folder, config })
  const publisher = await connectPublisher(hub, 1)
  await using client = publisher.client
  // Requests over a connection end with it.
  await using observer = await connect({ address: hub.socket })
  const received: number[] = []
  const subscription = client.subscribe('a')
  const receiving = (async () => {
    for await (const event of subscription.events()) received.push((event.data as Data).n)
  })()
  await subscription.ready()
  await client.publish('a', { n: 0 }, { ack: 'durable' })

  disk.fill(4 * MiB)
  const full = await publishUntilWaiting(client, publisher.told())
  expect(full.durable.length).toBeGreaterThan(0)
  expect(publisher.reason()).toContain('(TCN_LOG_FULL)')
  expect(await fault(observer)).toBe('TCN_LOG_FULL')
  const fired = hub.startTocsin(['fire', 'b', '{}', '--ack', 'durable', '--timeout', '60s'])
  await fired.says(/the hub does not accept events for now: .*\(TCN_LOG_FULL\)/)

  await eventually(() => received.length > full.durable.length)
  await using late = await connect({ address: hub.socket })
  const replayed: number[] = []
  for await (const event of late.read('a').events()) replayed.push((event.data as Data).n)
  expect(replayed.slice(0, full.durable.length + 1)).toEqual([0, ...full.durable])
  expect((await hub.tocsin(['status'])).stdout).toContain('TCN_LOG_FULL')
  expect(hub.stderr.match(/publishers wait: .*\(TCN_LOG_FULL\)/g)).toHaveLength(1)

  disk.makeRoom()
  await eventually(async () => (await fault(observer)) === undefined)
  expect(await full.waiting).toBe('durable')
  expect(await fired.ended).toMatchObject({ code: 0 })
  expect(fired.stderr).not.toContain('connect')
  const next = full.durable.length + 10
  await client.publish('a', { n: next }, { ack: 'durable' })
  await eventually(() => received.at(-1) === next)
  await eventually(() => hub.stderr.includes('the log accepts events again'))
  await subscription.close()
  await receiving
  await hub.signal('SIGKILL')

  await using again = await HubProcess.start({ folder, config })
  const { stdout } = await again.tocsin(['read', 'a', '--format', 'json'])
  const kept = jsonLines(stdout).map(({ data }) => (data as Data).n)
  expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b))
  expect(kept).toEqual(expect.arrayContaining([0, ...full.durable, next]))
  expect(received).toEqual(kept)
  expect(await again.tocsin(['log', 'verify'])).toMatchObject({ code: 0 })
})

test('what was published without waiting is stored once and in order when there is room again', async () => {
  const { folder, disk } = folderWithDisk()
  await using hub = await HubProcess.start({ folder, config })
  const publisher = await connectPublisher(hub, 64)
  await using client = publisher.client
  await client.publish('a', { n: 0 }, { ack: 'durable' })
  disk.fill(2 * MiB)
  const told = publisher.told()
  let n = 0
  while (publisher.reason() === undefined) {
    await Promise.race([client.ready(), told])
    if (publisher.reason() === undefined) client.push('a', { n: ++n, fill: fill.subarray(0, 4000) })
  }
  expect(publisher.reason()).toContain('(TCN_LOG_FULL)')
  disk.makeRoom()
  await client.publish('a', { n: ++n }, { ack: 'durable' })
  const stored: number[] = []
  for await (const event of client.read('a').events()) stored.push((event.data as Data).n)
  expect(stored).toEqual(Array.from({ length: n + 1 }, (_, at) => at))
})

test('a hub does not start on a full or read-only disk, and reports why', async () => {
  const { folder, disk } = folderWithDisk()
  {
    await using hub = await HubProcess.start({ folder, config })
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
