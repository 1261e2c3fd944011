import { readFileSync } from 'node:fs'
import { connectAsync } from 'mqtt'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { z } from 'zod'
import { mqttSourcesConfig } from '../../../src/sources/mqtt/config.js'
import { mqttSource } from '../../../src/sources/mqtt/index.js'
import { pathOf } from '../../../src/sources/mqtt/message.js'
import { SourceRunner } from '../../../src/sources/runner.js'
import { FakeHost } from '../../helpers/fake-source-host.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { Broker } from '../../sinks/mqtt/broker.js'

type Config = Partial<z.input<typeof mqttSourcesConfig>[number]>

let broker: Broker
let host: FakeHost
const runners: SourceRunner[] = []
beforeEach(async () => {
  broker = await Broker.start()
  host = new FakeHost(realRuntime)
})
afterEach(async () => {
  await Promise.all(runners.splice(0).map((runner) => runner.stop()))
  await broker[Symbol.asyncDispose]()
})

async function start(config: Config = {}): Promise<SourceRunner> {
  const runner = launch(config)
  await expect.poll(() => runner.status().state).toBe('up')
  return runner
}

/** Starts it without waiting until it is up. */
function launch(config: Config): SourceRunner {
  const address = `127.0.0.1:${broker.port}`
  const [parsed] = mqttSourcesConfig.parse([
    { name: 'home', broker: address, topics: ['rooms/#'], ...config },
  ])
  const runner = new SourceRunner(mqttSource(parsed), host)
  runners.push(runner)
  runner.start()
  return runner
}

async function publish(...messages: [topic: string, payload: string | Buffer][]): Promise<void> {
  const client = await connectAsync({ host: '127.0.0.1', port: broker.port, protocol: 'mqtt' })
  for (const [topic, payload] of messages) await client.publishAsync(topic, payload, { qos: 1 })
  await client.endAsync()
}

const events = () =>
  host.events.filter(({ tag }) => tag.startsWith('mqtt/')).map(({ tag, data }) => ({ tag, data }))

it.each(['5', '3.1.1'] as const)('a message is an event, with version %s', async (version) => {
  await start({ version })
  const bytes = Buffer.from([0, 255])
  await publish(
    ['rooms/7/light', '{"lux":300}'],
    ['rooms//x', 'on'],
    ['rooms/n', '21.5'],
    ['rooms/b', bytes],
    ['rooms/broken', '{"a"'],
    ['other', 'no'],
  )
  await expect.poll(() => events().length).toBe(5)
  expect(events()).toEqual([
    { tag: 'mqtt/home/rooms/7/light', data: { topic: 'rooms/7/light', payload: { lux: 300 } } },
    { tag: 'mqtt/home/rooms/-/x', data: { topic: 'rooms//x', payload: 'on' } },
    { tag: 'mqtt/home/rooms/n', data: { topic: 'rooms/n', payload: 21.5 } },
    { tag: 'mqtt/home/rooms/b', data: { topic: 'rooms/b', payload: Uint8Array.from(bytes) } },
    { tag: 'mqtt/home/rooms/broken', data: { topic: 'rooms/broken', payload: '{"a"' } },
  ])
})

it('a broker is known by its certificate, and its messages come over TLS', async () => {
  const { broker: secure, ca } = await Broker.startSecure()
  await using _ = secure
  const entry = { broker: `127.0.0.1:${secure.port}`, secure: true }
  const stranger = launch(entry)
  await expect.poll(() => stranger.status().reason).toContain('self-signed')
  await start({ ...entry, tls: { ca } })
  const options = { host: '127.0.0.1', port: secure.port, protocol: 'mqtts', ca: readFileSync(ca) } as const
  const client = await connectAsync(options)
  await client.publishAsync('rooms/7', 'on', { qos: 1 })
  await client.endAsync()
  await expect
    .poll(() => events())
    .toEqual([{ tag: 'mqtt/home/rooms/7', data: { topic: 'rooms/7', payload: 'on' } }])
})

it('messages wait at the broker while the source is stopped', async () => {
  const runner = await start()
  await runner.stop()
  await publish(['rooms/1', 'a'], ['rooms/2', 'b'])
  await start()
  await expect
    .poll(() => events().map(({ data }) => data))
    .toEqual([
      { topic: 'rooms/1', payload: 'a' },
      { topic: 'rooms/2', payload: 'b' },
    ])
})

it('a message that the hub could not store is not acknowledged, and comes again', async () => {
  const runner = await start()
  host.full = true
  await publish(['rooms/1', 'a'])
  await runner.stop()
  host.full = false
  expect(events()).toEqual([])
  await start()
  await expect.poll(() => events().length).toBe(1)
})

it('a message whose event may not be safe comes again', async () => {
  const settle = host.settled.bind(host)
  host.settled = () => Promise.reject(new Error('the disk is full'))
  const runner = await start({ ack: 'durable' })
  await publish(['rooms/1', 'a'])
  await expect.poll(() => runner.status().reason).toBe('the disk is full')
  host.settled = settle
  await expect.poll(() => runner.status().state).toBe('up')
  await expect.poll(() => events().length).toBeGreaterThan(1)
})

it('a source connects again to a broker that was killed', async () => {
  const runner = await start()
  await broker.kill()
  await expect.poll(() => runner.status().state).toBe('down')
  await broker.run()
  await expect.poll(() => runner.status().state).toBe('up')
  await publish(['rooms/1', 'a'])
  await expect.poll(() => events().length).toBe(1)
})

it('a long topic is one level that is cut', () => {
  expect(pathOf('a/b')).toBe('a/b')
  expect(pathOf('a/'.repeat(30_000)).length).toBeLessThan(200)
})

it.each(['a/#/b', 'a+', '#a', ''])('%j is no topic to subscribe to', (topic) => {
  const entry = { name: 'x', broker: 'localhost:1883', topics: [topic] }
  expect(mqttSourcesConfig.safeParse([entry]).success).toBe(false)
})
