import { expect, it } from 'vitest'
import { configJsonSchema } from '../../../src/config/json-schema.js'
import { hubConfig } from '../../../src/hub/config/index.js'
import type { SinkInfo } from '../../../src/methods/contract/index.js'
import { Receiver } from '../../sinks/receiver.js'
import { sinksWhen } from '../../sinks/sink-hub.js'
import { LiveHub } from '../live-hub.js'

function until(live: LiveHub, condition: (sinks: SinkInfo[]) => boolean): Promise<SinkInfo[]> {
  const list = async () => (await live.admin.request<{ sinks: SinkInfo[] }>('sinks.list')).sinks
  return sinksWhen(list, condition)
}

const isUp = (sinks: SinkInfo[]) => sinks.length > 0 && sinks.every(({ state }) => state === 'up')

it('a sink can be added, given another filter and removed while the hub runs', async () => {
  await using receiver = await Receiver.start()
  await using live = await LiveHub.start()
  const { applied } = await live.commit({
    sinks: { hook: { type: 'webhook', url: receiver.url, filter: 'a/' } },
  })
  expect(applied).toEqual(['sinks.hook'])
  await until(live, isUp)
  await live.admin.publish('a/1', {})
  await receiver.until(() => receiver.got.length === 1)
  await live.commit({ 'sinks.hook.filter': 'b/' })
  await until(live, isUp)
  await live.admin.publish('a/2', {})
  await live.admin.publish('b/3', {})
  await receiver.until(() => receiver.got.length === 2)
  expect(receiver.subjects).toEqual(['a/1', 'b/3'])
  await live.commit({ sinks: undefined })
  expect(await until(live, (sinks) => sinks.length === 0)).toEqual([])
})

it('events of the time in which the hub was down are not missing, and a paused sink stays paused', async () => {
  await using receiver = await Receiver.start()
  await using live = await LiveHub.start(
    `sinks: { hook: { type: webhook, url: "${receiver.url}", filter: a/ } }\n`,
  )
  await until(live, isUp)
  await live.admin.request('sinks.pause', { name: 'hook' })
  await live.admin.publish('a/1', {})
  await live.stop()
  await live.open()
  const [{ state, reason, lagEvents }] = await until(live, ([sink]) => sink.state === 'paused')
  expect({ state, reason }).toEqual({ state: 'paused', reason: 'paused by admin' })
  expect(lagEvents).toBeGreaterThan(0)
  await live.admin.publish('a/2', {})
  await live.admin.request('sinks.resume', { name: 'hook' })
  await receiver.until(() => receiver.got.length === 2)
  expect(receiver.subjects).toEqual(['a/1', 'a/2'])
})

it('one event can be sent to try a sink, and what the destination answers is the error', async () => {
  await using receiver = await Receiver.start()
  await using live = await LiveHub.start(
    `sinks: { hook: { type: webhook, url: "${receiver.url}", filter: a/ } }\n`,
  )
  const { took } = await live.admin.request<{ took: number }>('sinks.test', { name: 'hook' })
  expect(took).toBeGreaterThan(0)
  expect(receiver.subjects).toEqual(['hub/sink/hook'])
  receiver.answer = 403
  await expect(live.admin.request('sinks.test', { name: 'hook' })).rejects.toMatchObject({
    code: 'TCN_SINK_FAILED',
    message: 'hook: HTTP 403',
  })
  await expect(live.admin.request('sinks.test', { name: 'none' })).rejects.toMatchObject({
    code: 'TCN_SINK_UNKNOWN',
  })
})

it('what becomes of a sink is an event, which the sink itself does not deliver', async () => {
  await using receiver = await Receiver.start()
  receiver.answer = 503
  await using live = await LiveHub.start(
    `sinks: { hook: { type: webhook, url: "${receiver.url}", retry: { pause: 100ms, maxPause: 100ms } } }\n`,
  )
  const events = live.admin.subscribe('hub/sink/')
  const told = events.events()[Symbol.asyncIterator]()
  await events.ready()
  await live.admin.publish('a/1', {})
  expect((await told.next()).value?.data).toMatchObject({
    sink: 'hook',
    state: 'retrying',
    reason: 'HTTP 503',
  })
  receiver.answer = 200
  expect((await told.next()).value?.data).toMatchObject({ sink: 'hook', state: 'back' })
  expect(receiver.subjects.filter((subject) => subject.startsWith('hub/sink/'))).toEqual([])
})

it('sinks that write files or run programs can only be changed at the machine of the hub', () => {
  const { sinks } = configJsonSchema(hubConfig).properties ?? {}
  const rest = sinks?.additionalProperties
  const kinds = typeof rest === 'object' ? (rest.oneOf ?? []) : []
  const closed = kinds.filter((kind) => !JSON.stringify(kind).includes('"remote":"owner"'))
  expect(closed.map(({ properties }) => properties?.type?.const)).toEqual(['file', 'exec'])
})
