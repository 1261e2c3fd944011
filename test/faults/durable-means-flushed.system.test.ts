import { performance } from 'node:perf_hooks'
import { expect, test } from 'vitest'
import { type Client, connect } from '../../src/client/index.js'
import type { LogInfo } from '../../src/methods/contract/index.js'
import { HubProcess, jsonLines } from '../e2e/hub-process.js'
import { RawPeer } from '../faces/native/raw-peer.js'
import { eventually } from './eventually.js'
import { Injection } from './injection.js'
import { Suspensions } from './suspensions.js'

/** LMDB flushes a commit with fdatasync, and then writes the page that makes it valid through O_DSYNC. */
const FLUSH = 'fdatasync'

test('unflushed events are not durable: publishers are told and repeat, subscribers continue', async () => {
  await using hub = await HubProcess.start()
  await using client = await connect({ address: hub.socket })
  const suspensions = new Suspensions()
  await using another = await connect({ address: hub.socket, onStatus: suspensions.onStatus })
  const publisher = new RawPeer(hub.socket)
  await publisher.hello({ producer: 'p' })
  const { source } = client.welcome
  const send = (counter: number, peer = publisher) =>
    peer.event(counter, 'a', { source }).send('durable', { counter })
  const subscriber = client.subscribe('a')[Symbol.asyncIterator]()
  const received: number[] = []
  const receiving = (async () => {
    for (let item = await subscriber.next(); !item.done; item = await subscriber.next()) {
      if (item.value.status === undefined) received.push((item.value.data as { n: number }).n)
    }
  })()
  await eventually(
    async () => (await client.request<{ subscribers: number }>('hub.status')).subscribers === 1,
  )
  send(1)
  expect((await publisher.skipTo('durable')).body).toEqual({ counter: 1 })

  await using broken = await Injection.into(hub.pid, `${FLUSH}:error=EIO`)
  send(2)
  expect((await publisher.take('accepted')).body).toMatchObject({ counter: 2 })
  const suspended = { code: 'TCN_BUS_SUSPENDED', details: { code: 'TCN_LOG_WRITE' } }
  expect((await publisher.take('error')).body).toMatchObject(suspended)
  await eventually(() => received.length === 2)
  expect((await client.request<LogInfo>('log.info')).fault?.code).toBe('TCN_LOG_WRITE')
  const returned = new RawPeer(hub.socket)
  expect(await returned.hello({ producer: 'p' })).toMatchObject({ lastCounter: 2 })
  send(3, returned)
  expect((await returned.take('error')).body).toMatchObject(suspended)
  const repeated = another.publish('a', { n: 0 }, { ack: 'durable' })
  expect(await suspensions.first).toContain('(TCN_LOG_WRITE)')
  expect(await numbers(client)).toEqual([1, 2])
  const fired = await hub.tocsin(['fire', 'a', '{}', '--ack', 'durable', '--timeout', '3s'])
  expect(fired).toMatchObject({ code: 4, stderr: expect.stringContaining('(TCN_LOG_WRITE)') })
  expect(broken.count).toBeGreaterThan(1)

  await broken.remove()
  await eventually(async () => (await client.request<LogInfo>('log.info')).fault === undefined)
  await repeated
  const again = new RawPeer(hub.socket)
  expect(await again.hello({ producer: 'p' })).toMatchObject({ lastCounter: 2 })
  send(3, again)
  send(4, again)
  for (let last = 0; last < 4; ) last = (await again.skipTo('durable')).body.counter
  await hub.signal('SIGKILL')
  await client.close()
  await receiving

  await using restarted = await HubProcess.start({ folder: hub.folder })
  const { stdout } = await restarted.tocsin(['read', 'a', '--format', 'json'])
  expect(jsonLines(stdout).map(({ data }) => (data as { n: number }).n)).toEqual([1, 2, 0, 3, 4])
  expect(received).toEqual([1, 2, 0, 3, 4])
})

test('durable is reported after the flush has ended, and delivery does not wait for it', async () => {
  await using hub = await HubProcess.start()
  await using client = await connect({ address: hub.socket })
  const subscription = client.subscribe('a')
  await subscription.ready()
  const events = subscription.events()[Symbol.asyncIterator]()
  await client.publish('a', 0, { ack: 'durable' })
  await events.next()
  await using _slow = await Injection.into(hub.pid, `${FLUSH}:delay_exit=500000`)
  const started = performance.now()
  let flushed = false
  const durable = client.publish('a', 1, { ack: 'durable' }).then(() => {
    flushed = true
  })
  expect((await events.next()).value.data).toBe(1)
  expect(flushed).toBe(false)
  await durable
  expect(performance.now() - started).toBeGreaterThanOrEqual(500)
})

test('a hub that cannot flush accepted events reports this when it is stopped', async () => {
  await using hub = await HubProcess.start()
  await using client = await connect({ address: hub.socket, reconnect: false })
  await client.publish('a', 1, { ack: 'durable' })
  await using _broken = await Injection.into(hub.pid, `${FLUSH}:error=EIO`)
  await client.publish('a', 2)
  const ended = await hub.stop()
  expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('(TCN_LOG_WRITE)') })
  // The error has its own line, without a stack trace of a library.
  expect(ended.stderr).not.toMatch(/^ {4}at /m)
})

async function numbers(client: Client): Promise<number[]> {
  const found: number[] = []
  for await (const event of client.read('a').events()) found.push((event.data as { n: number }).n)
  return found
}
