import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { connect } from '../../src/client/index.js'
import { HeldProxy } from '../helpers/held-proxy.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { freePorts } from '../hub/live-hub.js'
import { HubProcess } from './hub-process.js'

let folder: string
let port: number
let core: HubProcess
let edge: HubProcess | undefined

beforeEach(async () => {
  folder = temporaryFolder('edge')
  for (const name of ['core', 'edge']) mkdirSync(join(folder, name), { mode: 0o700 })
  ;[port] = await freePorts(1)
  core = await startCore()
  const { stderr } = await core.tocsin([
    ...['token', 'add', 'edge1', '--publish', 'demo/', '--source', 'edge1'],
    ...['--output', join(folder, 'token')],
  ])
  expect(stderr).toContain('only you can read')
})

afterEach(async () => {
  await edge?.[Symbol.asyncDispose]()
  edge = undefined
  await core[Symbol.asyncDispose]()
})

function startCore(): Promise<HubProcess> {
  return HubProcess.start({ folder: join(folder, 'core'), config: `listen: { tcp: 127.0.0.1:${port} }\n` })
}

function startEdge(server = `tcp://127.0.0.1:${port}`, more = ''): Promise<HubProcess> {
  const upstream = `{ name: core, edge: edge1, servers: ['${server}'], tokenFile: ${join(folder, 'token')}, filter: [demo/], from: start ${more}}`
  return HubProcess.start({
    folder: join(folder, 'edge'),
    config: `upstreams: [${upstream}]\n`,
  })
}

/** Publishes events with these numbers; each is on the disk of the edge hub before this resolves. */
async function publish(numbers: readonly number[]): Promise<void> {
  const client = await connect({ address: edge!.socket, token: '' })
  const data = (n: number) => ({ n, text: 'x'.repeat(200) })
  await client.publishBatch(
    numbers.map((n) => ({ tag: `demo/${n % 10}`, source: 'edge1', data: data(n) })),
    { ack: 'durable' },
  )
  await client.close()
}

/** The numbers of the events in the log of the core, as soon as there are so many. */
async function stored(count: number, ms = 30_000): Promise<number[]> {
  const client = await connect({ address: core.socket, token: '' })
  const numbers: number[] = []
  const read = (async () => {
    for await (const { data } of client.subscribe('demo/', { from: 'start' }).events())
      numbers.push((data as { n: number }).n)
  })().catch(() => {})
  await vi.waitUntil(() => numbers.length >= count, { timeout: ms, interval: 10 }).catch(() => {})
  await client.close()
  await read
  return numbers
}

function range(count: number, from = 1): number[] {
  return Array.from({ length: count }, (_, i) => from + i)
}

async function events(hub: HubProcess, tag: string): Promise<Record<string, unknown>[]> {
  const client = await connect({ address: hub.socket, token: '' })
  const all: Record<string, unknown>[] = []
  for await (const { data } of client.read(tag, { from: 'start' }).events()) all.push(data as never)
  await client.close()
  return all
}

describe('an edge hub and its core lose and double nothing', () => {
  it('when the core is killed and started again while events arrive', async () => {
    edge = await startEdge()
    await publish(range(2000))
    const sending = (async () => {
      for (let from = 2001; from < 12_000; from += 1000) await publish(range(1000, from))
    })()
    for (let kill = 0; kill < 2; kill++) {
      await stored(1 + kill * 3000)
      await core.signal('SIGKILL')
      core = await startCore()
    }
    await sending
    expect(await stored(12_000)).toEqual(range(12_000))
  })

  it('when the edge hub is killed in the middle of a backlog', async () => {
    edge = await startEdge('tcp://127.0.0.1:1')
    await publish(range(30_000))
    await edge!.signal('SIGKILL')
    for (let kill = 1; kill <= 3; kill++) {
      edge = await startEdge(undefined, ', rate: 4MiB')
      await stored(kill * 1000)
      await edge!.signal('SIGKILL')
    }
    edge = await startEdge()
    expect(await stored(30_000)).toEqual(range(30_000))
  })

  it('when the network is cut and mended', async () => {
    const proxy = await HeldProxy.start(`127.0.0.1:${port}`)
    edge = await startEdge(`tcp://${proxy.address}`)
    for (let cut = 0; cut < 3; cut++) {
      await publish(range(1000, cut * 2000 + 1))
      proxy.cut()
      await publish(range(1000, cut * 2000 + 1001))
      proxy.mend()
    }
    expect(await stored(6000)).toEqual(range(6000))
    const links = await events(core, 'hub/edge/edge1')
    expect(links.filter(({ state }) => state === 'down').length).toBeGreaterThan(0)
    await proxy.stop()
  })
})

describe('an edge hub', () => {
  it('shows in its status and in an event that the token is refused, and what waits', async () => {
    writeFileSync(join(folder, 'token'), 'tcn_wrong')
    edge = await startEdge()
    await publish(range(5))
    await vi.waitUntil(async () => (await events(edge!, 'hub/upstream/core')).length > 0, { timeout: 30_000 })
    expect(await events(edge!, 'hub/upstream/core')).toEqual([
      expect.objectContaining({ state: 'down', code: 'TCN_ACCESS_TOKEN' }),
    ])
    const { stdout } = await edge!.tocsin(['status'])
    expect(stdout).toMatch(/UPSTREAM +STATE +SINCE +WAITING/)
    expect(stdout).toMatch(/core +degraded .*token/)
  })
})
