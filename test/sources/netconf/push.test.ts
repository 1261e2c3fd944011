import { type Duplex, duplexPair } from 'node:stream'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { z } from 'zod'
import { formatTime } from '../../../src/event/position.js'
import { textAt, type XmlElement } from '../../../src/protocols/netconf/codec/xml.js'
import { netconfSourcesConfig } from '../../../src/sources/netconf/config.js'
import { netconfSource } from '../../../src/sources/netconf/index.js'
import { NetconfSource } from '../../../src/sources/netconf/source.js'
import { SourceRunner } from '../../../src/sources/runner.js'
import { clockByHand, type FakeRuntime } from '../../helpers/fake-runtime.js'
import { FakeHost } from '../../helpers/fake-source-host.js'
import { rfcMessages } from '../../protocols/netconf/rfc-messages.js'
import { ScriptedDevice } from '../../protocols/netconf/scripted-device.js'

type Config = Partial<z.input<typeof netconfSourcesConfig>[number]>

let runtime: FakeRuntime
let device: ScriptedDevice
let host: FakeHost
let runner: SourceRunner

const filter = { subtree: '<interfaces xmlns="urn:ietf:params:xml:ns:yang:ietf-interfaces"/>' }
const periodic = { name: 'links', filter, every: '5s' }
const SUBSCRIBED_22 = '<id xmlns="urn:ietf:params:xml:ns:yang:ietf-subscribed-notifications">22</id>'
const onChange = { name: 'changes', filter }

beforeEach(() => {
  runtime = clockByHand({ start: '2026-11-27T12:00:00Z' })
  device = new ScriptedDevice('2026-11-27T11:00:00Z').makeDynamic()
  device.now = runtime.now()
  host = new FakeHost(runtime)
})
afterEach(async () => {
  const stopping = runner.stop()
  await pass(1_000)
  await stopping
})

async function start(config: Config): Promise<void> {
  const [parsed] = netconfSourcesConfig.parse([
    { name: 'r1', host: 'r1', user: 'admin', passwordFile: '/none', ...config },
  ])
  const dial = async () => {
    const [stream, end]: Duplex[] = duplexPair()
    device.serve(end)
    return { stream, fingerprint: 'f', destroy: () => void stream.end().destroy() }
  }
  const create = () => new NetconfSource(parsed, dial)
  runner = new SourceRunner({ ...netconfSource(parsed), create }, host)
  runner.start()
  await settle()
}

async function settle(): Promise<void> {
  for (let nth = 0; nth < 30; nth++) await new Promise((done) => setImmediate(done))
}

async function pass(ms: number): Promise<void> {
  device.now += ms * 1000
  runtime.advance(ms)
  await settle()
}

/** Passes time until the source runs, and gaps are reported. */
async function up(): Promise<void> {
  for (let nth = 0; nth < 20 && runner.status().state !== 'up'; nth++) await pass(30_000)
  expect(runner.status().state).toBe('up')
  await pass(2_000)
}

const events = () => host.events.filter(({ tag }) => tag.startsWith('netconf/'))
const gaps = () => host.data('hub/gap/netconf/r1').map(({ reason }) => reason)
const asked = (name: string) => device.requests.filter((each) => each.name === name)
/** The message of an RFC, about the subscription with this number. */
const about = (text: string, id: number) => {
  const [, content] = /<\/eventTime>([\s\S]*)<\/notification>/.exec(text) ?? []
  return content.replace(/<id>\d+<\/id>/, `<id>${id}</id>`)
}

it('a push is asked for after the stream, and what it sends are events with its name', async () => {
  await start({ push: [periodic, { ...onChange, dampening: '1s' }] })
  expect(runner.status().state).toBe('up')
  const [stream, ...pushes] = asked('establish-subscription')
  expect(textAt(stream, 'stream')).toBe('NETCONF')
  expect(pushes.map((push) => textAt(push, 'datastore'))).toEqual(['ds:operational', 'ds:operational'])
  expect(textAt(pushes[0], 'periodic', 'period')).toBe('500')
  expect(textAt(pushes[1], 'on-change', 'dampening-period')).toBe('100')
  device.say(about(rfcMessages.pushUpdate, 1011))
  device.say(about(rfcMessages.pushChangeUpdate, 1012))
  await settle()
  expect(events().map(({ tag, data }) => [tag, data])).toEqual([
    ['netconf/r1/push-update', expect.objectContaining({ subscription: 'links' })],
    ['netconf/r1/push-change-update', expect.objectContaining({ subscription: 'changes' })],
  ])
  expect(gaps()).toEqual([])
})

it('the same state comes as often as it is pushed, and changes nothing in what is known of the stream', async () => {
  await start({ push: [periodic] })
  const push = about(rfcMessages.pushUpdate, 1011)
  for (let nth = 0; nth < 3; nth++) device.say(push)
  device.emit('<e xmlns="urn:e"/>')
  await settle()
  expect(events()).toHaveLength(4)
  device.drop()
  await settle()
  await up()
  device.emit('<f xmlns="urn:e"/>')
  await settle()
  expect(events()).toHaveLength(5)
  expect(gaps()).toEqual(['not connected to the device, which does not push again what has changed'])
})

it('what a device could not push is a gap, and the whole state is asked for once a minute', async () => {
  await start({ push: [onChange] })
  const content = about(rfcMessages.pushChangeUpdate, 1011)
  const incomplete = content.replace('</push-change-update>', '<incomplete-update/></push-change-update>')
  for (let nth = 0; nth < 3; nth++) device.say(incomplete)
  await settle()
  expect(asked('resync-subscription')).toHaveLength(1)
  expect(textAt(asked('resync-subscription')[0], 'id')).toBe('1011')
  await pass(1_000)
  expect(gaps()[0]).toBe('the device could not push all of changes')
  await pass(60_000)
  device.say(incomplete)
  await settle()
  expect(asked('resync-subscription')).toHaveLength(2)
})

it('a device that has no resources for a period is asked for a longer one', async () => {
  await start({ push: [periodic] })
  device.answers.set('modify-subscription', '')
  device.say(about(rfcMessages.suspended, 1011))
  await settle()
  expect(runner.status().health).toMatchObject({
    state: 'degraded',
    reason: 'push links is suspended: insufficient-resources',
  })
  device.say(about(rfcMessages.resumed, 1011))
  await settle()
  expect(runner.status().health?.state).toBe('up')
  device.answers.delete('modify-subscription')
  for (let nth = 0; nth < 6; nth++) {
    device.say(about(rfcMessages.suspended, 1011))
    await settle()
  }
  const periods = asked('modify-subscription').map((each) => textAt(each, 'periodic', 'period'))
  expect(periods).toEqual(['1000', '1000', '2000', '4000', '8000'])
  await pass(1_000)
  expect(gaps()[0]).toBe('the device has suspended the push links: insufficient-resources')
})

it('a period that the device refuses becomes the one that it names', async () => {
  const [, refused] = /<rpc-reply[^>]*>([\s\S]*)<\/rpc-reply>/.exec(rfcMessages.periodRefused) ?? []
  device.pushRefusal = refused
  await start({ push: [{ ...periodic, every: '1s' }] })
  expect(runner.status().state).toBe('up')
  const periods = asked('establish-subscription').map((each) => textAt(each, 'periodic', 'period'))
  expect(periods).toEqual([undefined, '100', '2000'])
})

it('a push or a stream that the device ends makes the source begin again', async () => {
  await start({ push: [onChange] })
  device.say(about(rfcMessages.terminated, 1011))
  await settle()
  expect(runner.status().reason).toBe('the device has ended the push changes: suspension-timeout')
  await up()
  device.say(about(rfcMessages.completed, 22))
  await settle()
  expect(runner.status().reason).toBe('the device has ended the subscription')
})

it('while the stream is suspended the source is degraded, and what was missed comes from the log', async () => {
  await start({})
  device.suspend()
  device.emit('<e xmlns="urn:e"/>')
  await settle()
  expect(events()).toEqual([])
  expect(runner.status().health).toMatchObject({
    state: 'degraded',
    reason: 'the stream NETCONF is suspended: insufficient-resources',
  })
  device.resume()
  await settle()
  expect(asked('delete-subscription')).toHaveLength(1)
  expect(events()).toHaveLength(1)
  expect(runner.status().health?.state).toBe('up')
  expect(gaps()).toEqual([])
})

it('without a log, a suspension is a gap from its beginning to its end', async () => {
  device.hasReplay = false
  await start({})
  await pass(1_000)
  const from = formatTime(runtime.now())
  device.suspend()
  await pass(300_000)
  const to = formatTime(runtime.now())
  device.resume()
  await settle()
  await up()
  const reason = 'the device had suspended the subscription: insufficient-resources'
  expect(host.data('hub/gap/netconf/r1')).toMatchObject([{ from, to, reason }])
  expect(runner.status().health?.state).toBe('up')
})

it('two suspensions that come at once are two gaps, and the second one lasts', async () => {
  device.hasReplay = false
  await start({})
  await pass(1_000)
  const from = formatTime(runtime.now())
  for (const state of ['suspended', 'resumed', 'suspended']) device.state(state)
  await settle()
  expect(runner.status().health?.state).toBe('degraded')
  await pass(300_000)
  const to = formatTime(runtime.now())
  device.resume()
  await settle()
  await up()
  expect(host.data('hub/gap/netconf/r1')).toMatchObject([{ from }, { from, to }])
  expect(runner.status().health?.state).toBe('up')
})

it('a suspension of the subscription that is being replaced does not outlive it', async () => {
  await start({})
  const answer = (operation: XmlElement) => {
    if (['delete-subscription', 'establish-subscription'].includes(operation.name))
      device.say(about(rfcMessages.suspended, 22))
    return undefined
  }
  device.suspend()
  device.answerTo = answer
  device.resume()
  await settle()
  expect(asked('establish-subscription')).toHaveLength(2)
  expect(runner.status().health?.state).toBe('up')
  device.say(about(rfcMessages.suspended, 22))
  await settle()
  expect(runner.status().health?.state).toBe('up')
})

it('a suspension of the subscription that replaces it lasts', async () => {
  await start({})
  device.suspend()
  device.answerTo = (operation) => {
    if (operation.name === 'establish-subscription') device.say(about(rfcMessages.suspended, 23))
    return undefined
  }
  device.resume()
  await settle()
  expect(runner.status().health?.state).toBe('degraded')
  device.answerTo = () => undefined
  device.say(about(rfcMessages.resumed, 23))
  await settle()
  expect(asked('establish-subscription')).toHaveLength(3)
  expect(runner.status().health?.state).toBe('up')
})

it('a suspension is a gap with its reason also if the device has said no time', async () => {
  device.answers.set('establish-subscription', SUBSCRIBED_22)
  await start({})
  await pass(10_000)
  expect(runner.status().state).toBe('up')
  const from = formatTime(runtime.now())
  device.say(about(rfcMessages.suspended, 22))
  await settle()
  await pass(60_000)
  device.say(about(rfcMessages.resumed, 22))
  await settle()
  await pass(10_000)
  const to = formatTime(runtime.now())
  await pass(2_000)
  expect(host.data('hub/gap/netconf/r1')).toMatchObject([
    { from, to, reason: 'the device had suspended the subscription: insufficient-resources' },
  ])
})

it('a source whose stream is suspended before the past is over begins', async () => {
  device.answers.set('establish-subscription', SUBSCRIBED_22)
  await start({})
  await pass(5_000)
  for (const state of [rfcMessages.suspended, rfcMessages.resumed]) device.say(about(state, 22))
  await settle()
  expect(asked('establish-subscription')).toHaveLength(2)
  await pass(5_000)
  expect(runner.status().state).toBe('starting')
  await pass(5_000)
  expect(runner.status()).toMatchObject({ state: 'up', health: { state: 'up' } })
})

it('the gap of a suspension during which the clock was set back is not before its beginning', async () => {
  device.hasReplay = false
  await start({})
  await pass(60_000)
  device.suspend()
  await pass(1_000)
  runtime.setClock(runtime.now() - 3_600_000_000)
  const now = formatTime(runtime.now())
  device.resume()
  await settle()
  await up()
  expect(host.data('hub/gap/netconf/r1')).toMatchObject([{ from: now, to: now }])
})

it('a log that begins later than asked for is a gap', async () => {
  await start({})
  device.emit('<e xmlns="urn:e"/>')
  await pass(10_000)
  device.drop()
  device.earliest = device.now + 60_000_000
  await settle()
  await up()
  expect(gaps()).toEqual(['the device has not kept all notifications that were missed'])
})

it('a device without pushes is a fault that says so', async () => {
  device.capabilities = device.capabilities.filter((uri) => !uri.includes('yang-push'))
  await start({ push: [onChange] })
  expect(runner.status().reason).toBe('the device pushes no datastores (RFC 8641)')
})

it('modules of YANG 1.1 are found in the library of the device', async () => {
  const library = 'urn:ietf:params:netconf:capability:yang-library:1.1?revision=2019-01-04'
  const module = (name: string, namespace: string) =>
    `<module><name>${name}</name><namespace>${namespace}</namespace></module>`
  const modules = [
    module('ietf-subscribed-notifications', 'urn:ietf:params:xml:ns:yang:ietf-subscribed-notifications'),
    module('acme', 'urn:acme'),
  ]
  device.library = `<data><yang-library xmlns="urn:ietf:params:xml:ns:yang:ietf-yang-library"><module-set>${modules.join('')}</module-set></yang-library></data>`
  device.capabilities = [...device.capabilities.filter((uri) => uri.includes('base')), library]
  await start({})
  expect(runner.status().health?.details).toMatchObject({ protocol: 'RFC 8639' })
  device.emit('<e xmlns="urn:acme"/>')
  await settle()
  expect(events()[0].data).toMatchObject({ notification: 'acme:e' })
})
