import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { connect } from '../../src/client/index.js'
import { JetStreamLog } from '../../src/log/jetstream/jetstream-log.js'
import { NatsLink } from '../../src/storage/nats/link.js'
import { HeldProxy } from '../helpers/held-proxy.js'
import { NatsServer } from '../helpers/nats-server.js'
import { realRuntime } from '../helpers/real-runtime.js'
import { readAll } from '../log/conformance/tools.js'
import { HubProcess, startTocsin, tocsin } from './hub-process.js'

const COUNT = 5000

/** A hub with events that was stopped; its configuration then names a stream. */
async function stoppedHub() {
  const server = await NatsServer.start()
  onTestFinished(() => server.stop())
  const proxy = await HeldProxy.start(server.address)
  onTestFinished(() => proxy.stop())
  const hub = await HubProcess.start()
  onTestFinished(() => hub[Symbol.asyncDispose]())
  const client = await connect({ address: hub.socket })
  await Promise.all(
    Array.from({ length: COUNT }, (_, n) => client.publish('test/copy', { n }, { ack: 'durable' })),
  )
  await client.close()
  await hub.stop()
  const config = join(hub.folder, 'cluster.yaml')
  writeFileSync(
    config,
    `log: { engine: jetstream }\nnats: { servers: ["nats://${proxy.address}"], window: 256 }\n`,
  )
  const args = ['log', 'copy', '--to', 'jetstream', '--data', hub.data, '--config', config]
  return { server, proxy, args }
}

async function storedTags(address: string): Promise<string[]> {
  const link = await NatsLink.open({ runtime: realRuntime, servers: address })
  const names = { stream: 'TOCSIN', prefix: 'tocsin' }
  const log = await JetStreamLog.open({ runtime: realRuntime, link, ...names, typeOf: (tag) => tag })
  const found = await readAll(log, 1)
  await log.close()
  return found.map(({ tag, frame }) => `${tag} ${Buffer.from(frame).subarray(-4).toString('hex')}`)
}

test('a copy that was killed again and again goes on where it was, and has each event once', async () => {
  const { server, proxy, args } = await stoppedHub()
  const dry = await tocsin([...args, '--dry-run', '--format', 'json'])
  const { to, events } = JSON.parse(dry.stdout)
  expect(events).toBeGreaterThanOrEqual(COUNT)
  // Slow enough that it is killed in the middle.
  proxy.delay(60)
  for (let nth = 0; nth < 3; nth++) {
    const running = startTocsin(args)
    const before = await lastSeq(server.address)
    // The barrier of a window comes before the first event.
    await expect.poll(() => lastSeq(server.address)).toBeGreaterThan(before + 500)
    const { stderr } = await running.signal(nth === 2 ? 'SIGINT' : 'SIGKILL')
    if (nth === 2) expect(stderr).toMatch(/interrupted at \d+ %: .*; run it again to go on/)
  }
  proxy.delay(0)
  const last = await tocsin([...args, '--format', 'json'])
  expect(last).toMatchObject({ code: 0 })
  const report = JSON.parse(last.stdout)
  expect(report.from).toBeGreaterThan(1)
  expect(report.from + report.events - 1).toBe(to)
  const tags = await storedTags(server.address)
  expect(tags).toHaveLength(events)
  const own = tags.filter((text) => text.startsWith('test/copy'))
  expect(new Set(own).size).toBe(COUNT)
  expect((await tocsin(args)).stdout).toContain('nothing is left to copy')
})

test('a folder without a log is refused, and none is created', async () => {
  const { code, stderr } = await tocsin(['log', 'copy', '--to', 'jetstream', '--data', '/nonexistent'])
  expect(code).toBe(2)
  expect(stderr).toContain('is not a log')
})

async function lastSeq(address: string): Promise<number> {
  const link = await NatsLink.open({ runtime: realRuntime, servers: address })
  try {
    const { payload } = await link.request('$JS.API.STREAM.INFO.TOCSIN', Buffer.alloc(0), 2000)
    return JSON.parse(Buffer.from(payload).toString()).state?.last_seq ?? 0
  } finally {
    await link.close()
  }
}
