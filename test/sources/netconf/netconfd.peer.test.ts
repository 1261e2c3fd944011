import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { z } from 'zod'
import type { Runtime } from '../../../src/event/runtime.js'
import { netconfSourcesConfig } from '../../../src/sources/netconf/config.js'
import { netconfSource } from '../../../src/sources/netconf/index.js'
import { SourceRunner } from '../../../src/sources/runner.js'
import { FakeHost } from '../../helpers/fake-source-host.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { Netconfd } from '../../protocols/netconf/netconfd.js'

type Config = Partial<z.input<typeof netconfSourcesConfig>[number]>

let device: Netconfd
let host: FakeHost
const runners: SourceRunner[] = []

beforeAll(async () => {
  device = await Netconfd.start()
})
afterAll(() => device[Symbol.asyncDispose]())
/** Pauses are short, and a device that runs for a second counts as one that runs well. */
const runtime: Runtime = {
  ...realRuntime,
  after: (ms, run) => realRuntime.after(ms / 8, run),
  monotonic: () => realRuntime.monotonic() * 100,
}

beforeEach(() => {
  host = new FakeHost(runtime)
  return async () => {
    await Promise.all(runners.splice(0).map((runner) => runner.stop()))
  }
})

async function start(config: Config = {}): Promise<SourceRunner> {
  const { port, user, keyFile, hostKey } = device
  const [parsed] = netconfSourcesConfig.parse([
    { name: 'r1', host: '127.0.0.1', port, user, keyFile, hostKey, ...config },
  ])
  const runner = new SourceRunner(netconfSource(parsed), host)
  runners.push(runner)
  runner.start()
  return runner
}

async function up(config?: Config): Promise<SourceRunner> {
  const runner = await start(config)
  await expect.poll(() => runner.status().state).toBe('up')
  return runner
}

interface Content {
  'session-id'?: number
}
const events = () =>
  host.events
    .filter(({ tag }) => tag.startsWith('netconf/'))
    .map(({ tag, data }) => ({
      name: tag.split('/')[2],
      session: (data as { content: Content }).content['session-id'],
      data: data as Record<string, unknown>,
    }))
const of = (name: string, session?: number) =>
  events().filter((event) => event.name === name && event.session === session)
const gaps = () => host.data('hub/gap/netconf/r1')

it('begins and ends of sessions are events with their types, numbers and times', async () => {
  await up()
  const session = await device.session()
  const id = session.hello.sessionId
  await expect.poll(() => of('netconf-session-start', id).length).toBe(1)
  await session.close()
  await expect.poll(() => of('netconf-session-end', id).length).toBe(1)
  expect(of('netconf-session-end', id)[0].data).toEqual({
    notification: 'ietf-netconf-notifications:netconf-session-end',
    time: expect.stringMatching(/^\d{4}-.*\.000000Z$/),
    content: {
      username: device.user,
      'session-id': id,
      'source-host': '127.0.0.1',
      'termination-reason': 'closed',
    },
  })
  expect(gaps()).toEqual([])
})

it('a change of the configuration is an event', async () => {
  await up()
  const session = await device.session()
  await session.request(
    'the change',
    '<edit-config><target><candidate/></target><config><toaster xmlns="http://netconfcentral.org/ns/toaster"/></config></edit-config>',
  )
  await session.request('the commit', '<commit/>')
  await expect.poll(() => of('netconf-config-change').length).toBe(1)
  expect(of('netconf-config-change')[0].data.content).toMatchObject({
    'changed-by': { username: device.user, 'session-id': session.hello.sessionId },
    edit: [{ operation: expect.any(String) }],
  })
  await session.close()
})

it('what happens while the hub is away comes from the log of the device, once', async () => {
  const runner = await up()
  const before = await device.session()
  await expect.poll(() => of('netconf-session-start', before.hello.sessionId).length).toBe(1)
  await runner.stop()
  const missed = await device.session()
  await missed.close()
  await before.close()
  await up()
  await expect.poll(() => of('netconf-session-end', before.hello.sessionId).length).toBe(1)
  expect(of('netconf-session-start', before.hello.sessionId)).toHaveLength(1)
  expect(of('netconf-session-start', missed.hello.sessionId)).toHaveLength(1)
  expect(of('netconf-session-end', missed.hello.sessionId)).toHaveLength(1)
  expect(gaps()).toEqual([])
})

it('with from start, all that the device has kept comes', async () => {
  await up({ from: 'start' })
  await expect.poll(() => events()[0]?.name).toBe('sysStartup')
})

it('an unknown host key and a stream that is not there are faults that say what to do', async () => {
  const unknown = await start({ hostKey: undefined })
  await expect.poll(() => unknown.status().reason).toContain(`hostKey: ${device.hostKey}`)
  const other = await start({ stream: 'other', name: 'r2' })
  await expect.poll(() => other.status().reason).toBe('the device has no stream other; it has NETCONF')
})

it('a device that is killed is one gap each time, and its events come again', {
  timeout: 300_000,
}, async () => {
  const runner = await up()
  for (let kills = 1; kills <= Number(process.env.KILLS ?? 5); kills++) {
    // The device tells its logs apart by the second in which they began.
    const second = Math.floor(Date.now() / 1000)
    await expect.poll(() => Math.floor(Date.now() / 1000)).toBeGreaterThan(second)
    await device.kill()
    await expect.poll(() => runner.status().state).not.toBe('up')
    await device.run()
    await expect.poll(() => runner.status().state).toBe('up')
    await expect.poll(() => of('sysStartup').length).toBe(kills)
    await expect.poll(() => gaps().length).toBe(kills)
  }
  const keys = events().map(({ data }) => JSON.stringify(data))
  expect(new Set(keys).size).toBe(keys.length)
})
