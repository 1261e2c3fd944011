import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Client, connect } from '../../src/client/index.js'
import { HubProcess, jsonLines } from './hub-process.js'

let hub: HubProcess
let other: HubProcess

beforeEach(async () => {
  ;[hub, other] = await Promise.all([HubProcess.start(), HubProcess.start()])
})

afterEach(async () => {
  await hub[Symbol.asyncDispose]()
  await other[Symbol.asyncDispose]()
})

async function withClient<Result>({ socket }: HubProcess, work: (client: Client) => Promise<Result>) {
  await using client = await connect({ address: socket })
  return await work(client)
}

const fire = (at: HubProcess, first: number, count: number) =>
  withClient(at, (client) =>
    client.publishBatch(
      Array.from({ length: count }, (_, n) => ({ tag: 'shop/order', data: first + n })),
      { ack: 'durable' },
    ),
  )

const fromStart = () => ['forward', 'shop/', '--target', other.socket, '--from', 'start']

const read = async (at: HubProcess) =>
  jsonLines((await at.tocsin(['read', 'shop/', '--format', 'json'])).stdout)
const numbers = (at: HubProcess) =>
  withClient(at, async (client) => {
    const found: unknown[] = []
    for await (const { data } of client.read('shop/').events()) found.push(data)
    return found
  })
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n)

describe('forward', () => {
  it('sends events to another hub, and resumes from its state after a restart', async () => {
    await fire(hub, 0, 100)
    const args = [...fromStart(), '--state', join(hub.folder, 'state')]
    const first = hub.startTocsin(args)
    await expect.poll(() => numbers(other)).toEqual(upTo(100))
    const ended = await first.signal('SIGINT')
    expect(ended.code).toBe(130)
    expect(ended.stderr).toContain(`100 events forwarded to ${other.socket}`)
    await fire(hub, 100, 50)
    const second = hub.startTocsin(args)
    await expect.poll(() => numbers(other)).toEqual(upTo(150))
    await second.signal('SIGTERM')
    const [here, there] = [await read(hub), await read(other)]
    expect(there.map(({ id }) => id)).toEqual(here.map(({ id }) => id))
    expect(there.map(({ time }) => time)).toEqual(here.map(({ time }) => time))
  })

  it('loses nothing when killed at any moment, and repeats events with the same id', async () => {
    await fire(hub, 0, 3000)
    const args = [...fromStart(), '--state', join(hub.folder, 'state')]
    for (let round = 0; round < 2; round++) {
      const running = hub.startTocsin(args)
      await expect.poll(async () => (await numbers(other)).length).toBeGreaterThan(round * 500)
      await running.signal('SIGKILL')
    }
    await fire(hub, 3000, 10)
    const last = hub.startTocsin([...args, '--to', 'end'])
    expect((await last.ended).code).toBe(0)
    const byId = new Map((await read(other)).map((event) => [event.id, event.data]))
    expect([...byId.values()]).toEqual(upTo(3010))
  })

  it('between two hubs sends nothing back', async () => {
    const there = hub.startTocsin(['forward', 'shop/', '--target', other.socket])
    const back = other.startTocsin(['forward', 'shop/', '--target', hub.socket])
    const bothListen = async () => {
      const who = await Promise.all([hub, other].map((at) => at.tocsin(['who', '--format', 'json'])))
      return who.map(({ stdout }) => jsonLines(stdout).length)
    }
    await expect.poll(async () => Math.min(...(await bothListen())), { interval: 500 }).toBeGreaterThan(0)
    await fire(hub, 0, 3)
    await fire(other, 3, 3)
    await expect.poll(async () => (await numbers(hub)).length).toBe(6)
    await expect.poll(async () => (await numbers(other)).length).toBe(6)
    const ended = await Promise.all([there.signal('SIGINT'), back.signal('SIGINT')])
    for (const { stderr } of ended) expect(stderr).toContain('3 not sent back')
  })

  it('posts CloudEvents to an endpoint, with a durable consumer as its state', async () => {
    const bodies: Record<string, unknown>[] = []
    let broken = 1
    const endpoint = createServer(async (request, response) => {
      const events = JSON.parse(await text(request)) as Record<string, unknown>[]
      if (broken-- > 0) return void response.writeHead(503).end()
      bodies.push(...events)
      response.writeHead(204).end()
    })
    endpoint.listen(0, '127.0.0.1')
    await once(endpoint, 'listening')
    const url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/`
    await hub.tocsin(['consumers', 'add', 'posts', 'shop/', '--from', 'start'])
    await fire(hub, 0, 30)
    const running = hub.startTocsin([
      'forward',
      'shop/',
      '--target',
      url,
      '--consumer',
      'posts',
      '--batch',
      '7',
    ])
    await expect.poll(() => bodies.map(({ data }) => data)).toEqual(upTo(30))
    expect(running.stderr).toContain('HTTP 503')
    await running.signal('SIGINT')
    endpoint.closeAllConnections()
    endpoint.close()
    expect(bodies[0]).toMatchObject({ specversion: '1.0', subject: 'shop/order', type: 'tocsin.event' })
  })

  it('only shows what it would send with --dry-run', async () => {
    await fire(hub, 0, 3)
    const ended = await hub.tocsin([...fromStart(), '--dry-run'])
    expect(ended.code).toBe(0)
    expect(ended.stdout.match(/shop\/order/g)).toHaveLength(3)
    expect(await numbers(other)).toEqual([])
  })

  it('keeps the original pauses, shortened by the given factor', async () => {
    await fire(hub, 0, 1)
    await hub.tocsin(['fire', 'shop/order', '1'])
    const args = ['--to', 'end', '--speed', '10x']
    expect((await hub.tocsin([...fromStart(), ...args])).code).toBe(0)
    expect(await numbers(other)).toEqual([0, 1])
  })

  it('reports invalid arguments', async () => {
    expect((await hub.tocsin(['forward'])).code).toBe(2)
    expect((await hub.tocsin(['forward', '--target', 'http://me:pw@x/'])).code).toBe(2)
    expect((await hub.tocsin(['forward', '--target', '/nowhere/sock'])).code).toBe(3)
  })
})
