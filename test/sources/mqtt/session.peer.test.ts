import { connectAsync } from 'mqtt'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { HubStatus } from '../../../src/methods/contract/index.js'
import { type MqttSourceConfig, mqttSourcesConfig } from '../../../src/sources/mqtt/config.js'
import { mqttSource } from '../../../src/sources/mqtt/index.js'
import { SourceRunner } from '../../../src/sources/runner.js'
import { FakeHost } from '../../helpers/fake-source-host.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { LiveHub } from '../../hub/live-hub.js'
import { Broker } from '../../sinks/mqtt/broker.js'

const CLIENT = 'hub'

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

async function start(version: MqttSourceConfig['version'], topics: string[]): Promise<SourceRunner> {
  const entry = { name: 'home', broker: `127.0.0.1:${broker.port}`, clientId: CLIENT, topics, version }
  const [config] = mqttSourcesConfig.parse([entry])
  const runner = new SourceRunner(mqttSource(config), host)
  runners.push(runner)
  runner.start()
  await isUp(runner)
  return runner
}

const isUp = (runner: SourceRunner) => expect.poll(() => runner.status().state).toBe('up')

function connected(more: object = {}) {
  return connectAsync({ host: '127.0.0.1', port: broker.port, protocol: 'mqtt', ...more })
}

async function publish(topic: string, payload: string, retain = false): Promise<void> {
  const client = await connected()
  await client.publishAsync(topic, payload, { qos: 1, retain })
  await client.endAsync()
}

/** Ends the connection of the source: a client of its name takes over the session, and leaves it, or ends it. */
async function interrupt(runner: SourceRunner, endsSession: boolean): Promise<void> {
  const { restarts } = runner.status()
  const thief = await connected({ clientId: CLIENT, clean: endsSession })
  await thief.endAsync()
  await expect.poll(() => runner.status().restarts).toBeGreaterThan(restarts)
  await isUp(runner)
}

const payloads = () =>
  host.events.filter(({ tag }) => tag.startsWith('mqtt/')).map(({ data }) => Object(data).payload)

const details = (runner: SourceRunner) => runner.status().health?.details

describe.each(['5', '3.1.1'] as const)('with version %s', (version) => {
  it.each([false, true])(
    'a retained message that was an event already is none after a lost connection (session ended: %s)',
    async (endsSession) => {
      await publish('a/before', '1', true)
      const runner = await start(version, ['a/#'])
      await expect.poll(payloads).toEqual([1])
      await publish('a/while', '2', true)
      await expect.poll(payloads).toEqual([1, 2])
      await interrupt(runner, endsSession)
      await publish('a/after', '3')
      await expect.poll(payloads).toContain(3)
      expect(payloads()).toEqual([1, 2, 3])
    },
  )

  it('after a restart of the hub, of the retained messages only a changed one is an event', async () => {
    await publish('a/same', '1', true)
    await publish('a/other', '2', true)
    const runner = await start(version, ['a/#'])
    await expect.poll(payloads).toEqual([1, 2])
    await runner.stop()
    const client = await connected()
    // The broker does not keep such a message for the session, but as the state of its topic.
    await client.publishAsync('a/other', '3', { qos: 0, retain: true })
    await client.endAsync()
    const next = await start(version, ['a/#'])
    await publish('a/last', '4')
    await expect.poll(payloads).toContain(4)
    expect(payloads()).toEqual([1, 2, 3, 4])
    expect(details(next)).toMatchObject({ messages: 2, repeated: 1 })
  })

  it('a message that is published again with the same text is an event each time', async () => {
    await start(version, ['a/#'])
    await publish('a/1', 'on', true)
    await publish('a/1', 'on', true)
    await expect.poll(payloads).toEqual(['on', 'on'])
  })

  it('topics that were taken out of the configuration bring no events, nor what waits from before', async () => {
    const runner = await start(version, ['keep/#', 'gone/#'])
    await runner.stop()
    await publish('gone/x/1', 'waits')
    const next = await start(version, ['keep/#'])
    await publish('gone/x/2', 'later')
    await publish('keep/1', 'kept')
    await expect.poll(payloads).toEqual(['kept'])
    // The one that waited was acknowledged; the broker has sent no other.
    expect(details(next)).toMatchObject({ messages: 1, unwanted: 1 })
    await next.stop()
    await publish('gone/x/3', 'later still')
    await publish('keep/2', 'kept too')
    const last = await start(version, ['keep/#'])
    await expect.poll(payloads).toEqual(['kept', 'kept too'])
    expect(details(last)).toMatchObject({ unwanted: 0 })
  })

  it('messages of a session that nothing is known about are events only if a topic wants them', async () => {
    const stranger = await connected({
      clientId: CLIENT,
      clean: false,
      protocolVersion: version === '5' ? 5 : 4,
      ...(version === '5' && { properties: { sessionExpiryInterval: 3600 } }),
    })
    await stranger.subscribeAsync('old/#', { qos: 1 })
    await stranger.endAsync()
    await publish('old/1', 'no')
    const runner = await start(version, ['new/#'])
    await publish('old/2', 'no')
    await publish('new/1', 'yes')
    await expect.poll(payloads).toEqual(['yes'])
    expect(details(runner)).toMatchObject({ unwanted: 2 })
  })
})

it('topics that a commit takes out bring no events, while the hub runs and after its restart', async () => {
  const topics = ['keep/#', 'gone/#']
  const entry = { name: 'home', broker: `127.0.0.1:${broker.port}`, clientId: CLIENT, topics }
  await using live = await LiveHub.start()
  const isUpAt = async (count: number) => {
    const { sources } = await live.admin.request<HubStatus>('hub.status')
    const source = sources.find(({ name }) => name === 'mqtt/home')
    return source?.state === 'up' && Object(source.details.topics).length === count
  }
  const tags = async () => {
    const found: string[] = []
    for await (const { tag } of live.admin.read('mqtt/', { from: 'start' }).events()) found.push(tag)
    return found
  }
  await live.commit({ 'sources.mqtt': [entry] })
  await expect.poll(() => isUpAt(2)).toBe(true)
  await publish('gone/1', 'wanted')
  await expect.poll(tags).toEqual(['mqtt/home/gone/1'])
  await live.commit({ 'sources.mqtt': [{ ...entry, topics: ['keep/#'] }] })
  await expect.poll(() => isUpAt(1)).toBe(true)
  for (const topic of ['gone/2', 'keep/1']) await publish(topic, 'x')
  await expect.poll(tags).toEqual(['mqtt/home/gone/1', 'mqtt/home/keep/1'])
  await live.stop()
  for (const topic of ['gone/3', 'keep/2']) await publish(topic, 'x')
  await live.open()
  await expect.poll(tags).toEqual(['mqtt/home/gone/1', 'mqtt/home/keep/1', 'mqtt/home/keep/2'])
})
