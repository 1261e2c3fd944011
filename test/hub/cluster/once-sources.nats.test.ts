import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Client } from '../../../src/client/index.js'
import { startClusterHub } from '../../helpers/cluster-hub.js'
import { NatsServer } from '../../helpers/nats-server.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

let server: NatsServer
beforeAll(async () => {
  server = await NatsServer.start()
})
afterAll(() => server.stop())

vi.setConfig({ testTimeout: 180_000 })
const LONG = { timeout: 60_000, interval: 50 }

function sharedFile(): string {
  const folder = temporaryFolder('once')
  const path = join(folder, 'app.log')
  writeFileSync(path, '')
  return path
}

/** Starts a hub that follows the file once in the cluster. */
function start(cluster: string, name: string, path: string) {
  const files = [{ name: 'app', lines: [path], from: 'start', once: true }]
  return startClusterHub(server.address, cluster, name, '5s', { sources: { files } })
}

async function stateOf(client: Client): Promise<string> {
  const { sources } = await client.request('sources.list', {})
  return sources[0].state
}

/** The lines that were published, in order. */
function linesOf(client: Client): string[] {
  const lines: string[] = []
  const subscription = client.subscribe('host/*/files/app/line', { from: 'start' })
  const follow = async () => {
    for await (const { data } of subscription.events()) lines.push((data as { line: string }).line)
  }
  void follow().catch(() => undefined)
  return lines
}

test('a source marked once runs on the primary, and the next one continues where that has stopped', async () => {
  const path = sharedFile()
  const one = await start('once', 'one', path)
  const first = await one.client()
  await expect.poll(() => stateOf(first), LONG).toBe('up')
  const two = await start('once', 'two', path)
  const second = await two.client()
  const lines = linesOf(second)
  expect(await stateOf(second)).toBe('standby')
  appendFileSync(path, 'line 1\nline 2\n')
  await expect.poll(() => lines, LONG).toEqual(['line 1', 'line 2'])
  await one.stop()
  appendFileSync(path, 'line 3\n')
  await expect.poll(() => stateOf(second), LONG).toBe('up')
  appendFileSync(path, 'line 4\n')
  await expect.poll(() => lines, LONG).toEqual(['line 1', 'line 2', 'line 3', 'line 4'])
})

test('a source moves with a primary that steps down, and no line is missing or repeated', async () => {
  const path = sharedFile()
  const hubs = [await start('moving', 'one', path), await start('moving', 'two', path)]
  const clients = await Promise.all(hubs.map((hub) => hub.client()))
  const states = async () => (await Promise.all(clients.map(stateOf))).sort()
  const lines = linesOf(clients[0])
  await expect.poll(states, LONG).toEqual(['standby', 'up'])
  const expected: string[] = []
  const add = () => {
    expected.push(`line ${expected.length}`)
    appendFileSync(path, `${expected.at(-1)}\n`)
  }
  for (let at = 0; at < 20; at++) add()
  await expect.poll(() => lines, LONG).toEqual(expected)
  const before = await stateOf(clients[0])
  const moving = clients[0].request('cluster.stepDown', {})
  for (let at = 0; at < 20; at++) add()
  await moving
  await expect
    .poll(async () => (await stateOf(clients[0])) !== before && (await states())[1], LONG)
    .toBe('up')
  for (let at = 0; at < 20; at++) add()
  await expect.poll(() => lines, LONG).toEqual(expected)
})
