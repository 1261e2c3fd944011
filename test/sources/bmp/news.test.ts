import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formatTime } from '../../../src/event/position.js'
import type { Runtime } from '../../../src/event/runtime.js'
import { bmpSourcesConfig } from '../../../src/sources/bmp/config.js'
import { bmpSource } from '../../../src/sources/bmp/index.js'
import { BgpSessions, keptSessions } from '../../../src/sources/bmp/sessions.js'
import { SourceRunner } from '../../../src/sources/runner.js'
import { FakeHost } from '../../helpers/fake-source-host.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { bmp, IPV4_PEER, initiation, peerDown, sessionAt } from './messages.js'

const SECOND = 1_000_000
const HOUR = 3600 * SECOND
const START = 1_790_000_000 * SECOND
const BOOT = START - 1000 * HOUR

let clock: number
const runtime: Runtime = { ...realRuntime, now: () => clock }
let host: FakeHost
let runner: SourceRunner
let router: Socket

beforeEach(async () => {
  clock = START
  host = new FakeHost(runtime)
  await start()
  await connectRouter()
})
afterEach(async () => {
  router.destroy()
  await runner.stop()
})

async function start(): Promise<void> {
  runner = new SourceRunner(
    bmpSource(bmpSourcesConfig.parse([{ name: 'core', listen: '127.0.0.1:0' }])[0]),
    host,
  )
  runner.start()
  await expect.poll(() => runner.status().state).toBe('up')
}

async function connectRouter(): Promise<void> {
  const { listens } = runner.status().health?.details ?? {}
  router = connect(Number(String(listens).split(':')[1]), '127.0.0.1')
  await once(router, 'connect')
  await expect.poll(() => runner.status().health?.details.routers).toBe(1)
  router.write(initiation)
}

async function reconnect(): Promise<void> {
  router.destroy()
  await expect.poll(() => runner.status().health?.details.routers).toBe(0)
  await connectRouter()
}

/** Says something at a time of the hub. A message about another peer after it shows that it was read. */
let marks = 0
async function says(now: number, message: Buffer): Promise<void> {
  clock = now
  const mark = IPV4_PEER.replace('c0000201', `0a00${(++marks).toString(16).padStart(4, '0')}`)
  router.write(Buffer.concat([message, bmp(2, mark, '04')]))
  await expect.poll(() => tags().filter((tag) => !tag.includes('192.0.2.1')).length).toBe(marks)
}
beforeEach(() => {
  marks = 0
})

const tags = () => host.events.map(({ tag }) => tag).filter((tag) => tag.startsWith('bmp/'))
const changes = () =>
  host.events
    .filter(({ tag }) => tag.startsWith('bmp/core/r1/192.0.2.1/'))
    .map(({ tag, attributes, data }) => {
      const { routerTime } = data as { routerTime?: string }
      return [tag.split('/').at(-1), attributes?.time, ...(routerTime === undefined ? [] : [routerTime])]
    })

describe('a session that stays down is one event', () => {
  it('when the router reports each attempt to open it', async () => {
    await says(START, sessionAt('up', START - HOUR))
    for (let attempt = 1; attempt <= 5; attempt++)
      await says(START + attempt * 5 * SECOND, sessionAt('down', START + 4 * SECOND))
    expect(changes()).toEqual([
      ['up', formatTime(START - HOUR)],
      ['down', formatTime(START + 4 * SECOND)],
    ])
  })

  it('when the router connects again, and when the hub begins again', async () => {
    await says(START, sessionAt('down', BOOT))
    await reconnect()
    await says(START + SECOND, sessionAt('down', BOOT))
    router.destroy()
    await runner.stop()
    await start()
    await connectRouter()
    await says(START + 2 * SECOND, sessionAt('down', START + SECOND))
    expect(changes()).toEqual([['down', formatTime(BOOT)]])
  })

  it('although the hub did not accept it at first', async () => {
    host.full = true
    router.write(sessionAt('down', START - SECOND))
    router.write(sessionAt('down', START - SECOND))
    host.full = false
    await says(START, sessionAt('down', START - SECOND))
    expect(changes()).toEqual([['down', formatTime(START - SECOND)]])
  })

  it('and other sessions of the same router, or of another one, are events of their own', async () => {
    const instance = IPV4_PEER.replace('0000000000000000 ', '0000fde800000064 ')
    router.write(Buffer.concat([peerDown, peerDown, bmp(2, instance, '04'), bmp(2, instance, '04')]))
    await expect.poll(() => changes().length).toBe(2)
    await reconnect()
    router.write(bmp(4, '0002 0002 7232'))
    await says(START, peerDown)
    expect(tags().filter((tag) => tag.includes('/r2/192.0.2.1'))).toEqual(['bmp/core/r2/192.0.2.1/down'])
  })
})

describe('a router that connects again reports what has changed', () => {
  it('and not the sessions that are up as before', async () => {
    await says(START, sessionAt('up', START - HOUR))
    await reconnect()
    // Routers compute the time from that of their uptime.
    await says(START + HOUR, sessionAt('up', START - HOUR + 3))
    expect(changes()).toEqual([['up', formatTime(START - HOUR)]])
  })

  it('and the session that was opened again meanwhile, or has gone down', async () => {
    await says(START, sessionAt('up', START - HOUR))
    await reconnect()
    await says(START + HOUR, sessionAt('up', START + 60 * SECOND))
    await reconnect()
    await says(START + 2 * HOUR, sessionAt('down', START + HOUR))
    expect(changes()).toEqual([
      ['up', formatTime(START - HOUR)],
      ['up', formatTime(START + 60 * SECOND)],
      ['down', formatTime(START + HOUR)],
    ])
  })
})

describe('by event time, changes of a session are in the order in which they happened', () => {
  it.each([-1, 0, 1])('when an up has the time of the down before, give or take (%i µs)', async (jitter) => {
    const down = START + 10 * SECOND
    await says(START, sessionAt('up', START - HOUR))
    await says(down + 50_000, sessionAt('down', down))
    await says(down + 23 * SECOND, sessionAt('up', down + jitter))
    expect(changes()).toEqual([
      ['up', formatTime(START - HOUR)],
      ['down', formatTime(down)],
      ['up', formatTime(down + 23 * SECOND), formatTime(down + jitter)],
    ])
  })

  it('when an up has the time at which the router has started', async () => {
    await says(START, sessionAt('down', BOOT))
    await says(START + 30 * SECOND, sessionAt('down', BOOT))
    await says(START + 40 * SECOND, sessionAt('up', BOOT + 5))
    expect(changes()).toEqual([
      ['down', formatTime(BOOT)],
      ['up', formatTime(START + 40 * SECOND), formatTime(BOOT + 5)],
    ])
  })

  it.each(['up', 'down'] as const)(
    'when the first %s of a session comes long after the connection',
    async (kind) => {
      await says(START + HOUR, sessionAt(kind, BOOT))
      expect(changes()).toEqual([[kind, formatTime(START + HOUR), formatTime(BOOT)]])
    },
  )

  it('but a session that was up before the router has connected keeps its time', async () => {
    await says(START + SECOND, sessionAt('up', BOOT))
    expect(changes()).toEqual([['up', formatTime(BOOT)]])
  })

  it.each([-2 * HOUR, 2 * HOUR])('when the clock of the router is wrong (%i µs)', async (wrong) => {
    const steps = [0, 100, 200, 300].map((seconds) => START + seconds * SECOND)
    for (const [nth, now] of steps.entries())
      await says(
        now,
        sessionAt(nth % 2 === 0 ? 'up' : 'down', nth === 2 ? now + wrong - 150 * SECOND : now + wrong),
      )
    const times = changes().map(([, time]) => String(time))
    expect(changes().map(([kind]) => kind)).toEqual(['up', 'down', 'up', 'down'])
    expect(times).toEqual(times.toSorted())
    expect(new Set(times).size).toBe(4)
  })

  it('when the router gives no time', async () => {
    await says(START, sessionAt('up', 0))
    await says(START + SECOND, sessionAt('down', 0))
    await says(START + 2 * SECOND, sessionAt('down', 0))
    await says(START + 3 * SECOND, sessionAt('up', 0))
    await says(START + 4 * SECOND, sessionAt('up', 0))
    expect(changes()).toEqual([
      ['up', formatTime(START)],
      ['down', formatTime(START + SECOND)],
      ['up', formatTime(START + 3 * SECOND)],
    ])
  })
})

it('the sessions that are remembered are bounded, and the oldest change is forgotten first', () => {
  const sessions = new BgpSessions()
  const report = (peer: number) => ({
    session: ['r'.repeat(256), String(peer), ''],
    state: 'down' as const,
    time: undefined,
    now: START,
    connected: START,
  })
  for (let peer = 0; peer <= 8_000; peer++) sessions.changed(report(peer), START + peer)
  expect(JSON.stringify(sessions.kept()).length).toBeLessThan(512 * 1024)
  const kept = new BgpSessions(keptSessions(JSON.parse(JSON.stringify(sessions.kept()))))
  expect([0, 1, 8_000].map((peer) => kept.changeIn(report(peer)))).toEqual([START, undefined, undefined])
  expect(() => keptSessions([['a', 'sideways', 1]])).toThrow()
})
