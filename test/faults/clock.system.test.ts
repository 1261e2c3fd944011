import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type Client, connect, type Event, formatTime } from '../../src/client/index.js'
import type { LogInfo } from '../../src/methods/contract/index.js'
import { HubProcess, jsonLines } from '../e2e/hub-process.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { requireTool } from '../helpers/tools.js'

const HOUR = 3600e6

/** Starts a hub whose wall clock the test sets. Timers use the monotonic clock, which is not changed. */
async function hubWithClock(
  config?: string,
): Promise<{ hub: HubProcess; setClock: (seconds: number) => void; env: Record<string, string> }> {
  const folder = temporaryFolder('clock')
  const file = join(folder, 'clock')
  const setClock = (seconds: number) => writeFileSync(file, `${seconds < 0 ? '' : '+'}${seconds}\n`)
  setClock(0)
  const env = {
    LD_PRELOAD: requireTool('libfaketime'),
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  }
  const hub = await HubProcess.start({ folder, env, config })
  onTestFinished(() => hub[Symbol.asyncDispose]())
  return { hub, setClock, env }
}

/** Returns the hub's clock, µs since the epoch. */
async function clockOf(client: Client): Promise<number> {
  return (await client.request<{ now: number }>('hub.status')).now
}

async function tagsFrom(hub: HubProcess, from: string): Promise<unknown[]> {
  const { code, stdout } = await hub.tocsin(['read', 'a/*', '--from', from, '--format', 'json'])
  expect(code).toBe(0)
  return jsonLines(stdout).map(({ subject }) => subject)
}

/** What the hub has said about jumps of its clock; from then on, it remembers them. */
async function jumpsTold(hub: HubProcess): Promise<string> {
  return (await hub.tocsin(['read', 'hub/clock', '--from', 'start'])).stdout
}

test('setting the clock back and forward changes the order of no event', async () => {
  const { hub, setClock } = await hubWithClock()
  await using client = await connect({ address: hub.socket })
  const live: Event[] = []
  const subscription = client.subscribe('a/')
  const receiving = (async () => {
    for await (const event of subscription.events()) {
      live.push(event)
      if (live.length === 5) break
    }
  })()
  await subscription.ready()
  const publish = async (name: string) => void (await client.publish(`a/${name}`, name, { ack: 'durable' }))

  const start = await clockOf(client)
  await publish('before')
  setClock(-3600)
  expect(await clockOf(client)).toBeLessThan(start - HOUR / 2)
  await publish('set-back')
  setClock(0)
  await publish('right-again')
  setClock(24 * 3600)
  await publish('set-forward')
  setClock(0)
  expect(await clockOf(client)).toBeLessThan(start + HOUR)
  await publish('back-from-the-future')
  await receiving

  const order = ['before', 'set-back', 'right-again', 'set-forward', 'back-from-the-future']
  expect(live.map(({ data }) => data)).toEqual(order)
  const times = live.map(({ time }) => time)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  // While the clock was an hour behind, the times of events did not advance.
  expect(times[1]).toBe(times[0])
  expect(times[2]).toBeLessThan(start + HOUR)
  expect(times[3]).toBeGreaterThan(start + 23 * HOUR)
  expect(times[4]).toBe(times[3])

  const all = order.map((name) => `a/${name}`)
  expect(await tagsFrom(hub, 'start')).toEqual(all)
  expect(await tagsFrom(hub, formatTime(times[0]))).toEqual(all)
  expect(await tagsFrom(hub, formatTime(times[2]))).toEqual(all.slice(2))
  expect(await tagsFrom(hub, formatTime(times[3]))).toEqual(all.slice(3))
  expect(await tagsFrom(hub, formatTime(times[3] + 1000))).toEqual([])
  expect(await tagsFrom(hub, '-30m')).toEqual(all)
  setClock(24 * 3600)
  expect(await tagsFrom(hub, '-30m')).toEqual(all.slice(3))
})

test('timers keep their pace while the clock jumps', async () => {
  const { hub, setClock } = await hubWithClock()
  await using client = await connect({ address: hub.socket })
  const consumer = client.subscribe('a/', { consumer: 'worker', from: 'start' })
  const gate = client.subscribe('b/', { gates: ['check'] })
  await Promise.all([consumer.ready(), gate.ready()])
  const deliveries = consumer.events()[Symbol.asyncIterator]()

  for (const seconds of [-3600, 3600]) {
    await client.publish('a/work', seconds)
    const first: Event = (await deliveries.next()).value
    expect(first).toMatchObject({ data: seconds, redelivered: false })
    consumer.ack(first, 'retry', { delay: 300 })
    const gated = client.publish('b/decision', null, { gate: 'check', deadline: 300 })
    setClock(seconds)
    const second: Event = (await deliveries.next()).value
    expect(second).toMatchObject({ data: seconds, redelivered: true, seq: first.seq })
    consumer.ack(second)
    const { gate: outcome } = await gated
    expect(outcome?.missing).toMatchObject([{ reason: 'timeout' }])
  }
})

test('a hub that starts with a clock behind its log continues after the last event', async () => {
  const { hub, setClock } = await hubWithClock()
  setClock(24 * 3600)
  expect(await hub.tocsin(['fire', 'a/first', '1', '--ack', 'durable'])).toMatchObject({ code: 0 })
  expect(await hub.stop()).toMatchObject({ code: 0 })
  await using again = await HubProcess.start({ folder: hub.folder })
  expect(await again.tocsin(['fire', 'a/second', '2', '--ack', 'durable'])).toMatchObject({ code: 0 })
  const { stdout } = await again.tocsin(['read', 'a/*', '--format', 'json'])
  const [first, second] = jsonLines(stdout).map(({ time }) => Date.parse(time as string))
  expect(second).toBeGreaterThanOrEqual(first)
})

test('a clock that has jumped ahead expires no event, also after a restart, and the hub says so', async () => {
  const config = 'log: { segment: { bytes: 1MiB }, retention: { age: 1h } }\n'
  const { hub, setClock, env } = await hubWithClock(config)
  const jumpOf = async (client: Client) => (await client.request<LogInfo>('log.info')).clockAhead
  {
    await using client = await connect({ address: hub.socket })
    for (let n = 0; n < 40; n++) await client.publish('a/old', randomBytes(100_000), { ack: 'durable' })
    expect((await client.request<LogInfo>('log.info')).segments).toBeGreaterThan(2)
    setClock(24 * 3600)
    await client.publish('a/new', 1, { ack: 'durable' })
    await expect.poll(() => jumpsTold(hub), { timeout: 30_000 }).toContain('jumped ahead')
  }
  await hub.signal('SIGKILL')
  await using again = await HubProcess.start({ folder: hub.folder, env, config })
  await using client = await connect({ address: again.socket })
  // From then on, retention has been applied.
  await expect.poll(() => jumpOf(client)).toBeGreaterThan(23 * HOUR)
  expect((await again.tocsin(['doctor'])).stdout).toContain('the clock has jumped ahead by')
  expect(await again.tocsin(['log', 'compact'])).toMatchObject({ code: 0 })
  expect(await tagsFrom(again, 'start')).toHaveLength(41)
})

test('a clock that has jumped ahead removes no finished job, also after a restart', async () => {
  const config = 'jobs: { programs: [echo], keep: { age: 1d } }\n'
  const { hub, setClock, env } = await hubWithClock(config)
  const statesAt = async (address: string) => {
    await using client = await connect({ address })
    const { jobs } = await client.request<{ jobs: { state: string }[] }>('jobs.list')
    return jobs.map(({ state }) => state)
  }
  {
    await using client = await connect({ address: hub.socket })
    await client.request('jobs.run', { commands: ['echo done'] })
    await expect.poll(() => statesAt(hub.socket)).toEqual(['finished'])
    setClock(400 * 24 * 3600)
    await client.publish('a/new', 1, { ack: 'durable' })
    await expect.poll(() => jumpsTold(hub), { timeout: 30_000 }).toContain('jumped ahead')
  }
  await hub.signal('SIGKILL')
  await using again = await HubProcess.start({ folder: hub.folder, env, config })
  expect(await statesAt(again.socket)).toEqual(['finished'])
})
