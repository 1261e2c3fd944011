// Runs on each supported Node.js: HTTP parsing and its limits.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { z } from 'zod'
import { formatTime } from '../../../../src/event/position.js'
import type { Runtime } from '../../../../src/event/runtime.js'
import { restconfSourcesConfig } from '../../../../src/sources/restconf/config.js'
import { restconfSource } from '../../../../src/sources/restconf/index.js'
import { SourceRunner } from '../../../../src/sources/runner.js'
import { FakeHost } from '../../../helpers/fake-source-host.js'
import { realRuntime } from '../../../helpers/real-runtime.js'
import { repeats } from '../../../helpers/repeats.js'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'
import { ScriptedServer } from '../../../protocols/restconf/scripted-server.js'

type Config = Partial<z.input<typeof restconfSourcesConfig>[number]>

let server: ScriptedServer
let host: FakeHost
let runner: SourceRunner
const folder = temporaryFolder('restconf')

/** Pauses are short, and a server that runs for a moment counts as one that runs well. The server has the same clock. */
const FASTER = 1000
const begun = realRuntime.now()
let pausesAreShort = true
const runtime: Runtime = {
  ...realRuntime,
  after: (ms, run) => realRuntime.after(pausesAreShort || ms < 10_000 ? ms / 100 : ms, run),
  now: () => begun + (realRuntime.now() - begun) * FASTER,
  monotonic: () => realRuntime.monotonic() * FASTER,
}

beforeEach(async () => {
  pausesAreShort = true
  server = new ScriptedServer(runtime.now)
  await server.listen()
  host = new FakeHost(runtime)
})
afterEach(async () => {
  await runner.stop()
  server.close()
})

function run(config: Config = {}): void {
  const [parsed] = restconfSourcesConfig.parse([{ name: 'r1', url: server.url, ...config }])
  runner = new SourceRunner(restconfSource(parsed), host)
  runner.start()
}

async function start(config?: Config): Promise<void> {
  run(config)
  await expect.poll(() => runner.status().state).not.toBe('starting')
}

async function up(): Promise<void> {
  const isUp = () => runner.status().state === 'up' && server.subscribers === 1
  await expect.poll(isUp, { interval: 2 }).toBe(true)
}

const events = () => host.events.filter(({ tag }) => tag.startsWith('restconf/'))
const published = () => events().map(({ data }) => (data as { content: { k: unknown } }).content.k)
const gaps = () => host.data('hub/gap/restconf/r1').map(({ reason }) => reason)

it('a notification in JSON is an event whose numbers are numbers, one in XML has texts', async () => {
  await start()
  await up()
  server.emit(7)
  await expect.poll(() => events().length).toBe(1)
  expect(events()[0]).toMatchObject({
    tag: 'restconf/r1/e',
    source: 'host/web1/restconf/r1',
    data: { notification: 'acme:e', time: expect.stringMatching(/^\d{4}-.*Z$/), content: { k: 7 } },
  })
  expect(runner.status().health?.details).toEqual({
    server: server.url,
    stream: 'NETCONF',
    encoding: 'json',
    replay: true,
    repeats: 0,
  })
  await runner.stop()
  host = new FakeHost(runtime)
  server.encoding = 'xml'
  await start()
  await up()
  server.emit(8)
  await expect.poll(() => events().length).toBe(1)
  expect(events()[0].data).toMatchObject({ notification: 'urn:acme:e', content: { k: '8' } })
})

it('the login is in each request, and a filter in that for the stream', async () => {
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, 'secret\n')
  await start({ user: 'admin', passwordFile, filter: '/acme:e', url: server.url.replace('/restconf', '') })
  await up()
  const authorization = `Basic ${Buffer.from('admin:secret').toString('base64')}`
  expect(server.requests.map(({ path, headers }) => [path, headers.authorization])).toEqual([
    ['/restconf/data/ietf-restconf-monitoring:restconf-state/streams', authorization],
    ['/streams/NETCONF', authorization],
  ])
  expect(server.requests[1].query.get('filter')).toBe('/acme:e')
  await runner.stop()
  const tokenFile = join(folder, 'token')
  writeFileSync(tokenFile, 'abc')
  await start({ tokenFile })
  expect(server.requests[2].headers.authorization).toBe('Bearer abc')
  await runner.stop()
  writeFileSync(tokenFile, 'no\ntoken\n')
  await start({ tokenFile })
  expect(runner.status().reason).toBe(`${tokenFile} has something other than one token`)
})

it('a location at another server is read at the configured one, which alone gets the login', async () => {
  server.location = 'http://other.invalid:8080'
  await start()
  await up()
  server.emit(1)
  await expect.poll(published).toEqual([1])
})

it('faults say what is wrong: another stream, another encoding, nothing there, another kind of answer', async () => {
  const reasons: [Config, string][] = [
    [{ stream: 'other' }, 'the server has no stream other; it has NETCONF'],
    [{ encoding: 'xml' }, 'the server offers the stream NETCONF in json'],
  ]
  for (const [config, reason] of reasons) {
    await start(config)
    expect(runner.status().reason).toBe(reason)
    await runner.stop()
  }
  server.type = 'text/html'
  await start()
  expect(runner.status().reason).toBe('the server sends text/html, not text/event-stream')
  await runner.stop()
  server.location = `${server.url}/no`
  await start()
  expect(runner.status().reason).toBe('the server answers /restconf/no/streams/NETCONF with HTTP 404')
})

it('what is too long, too deep or no notification is counted, and the next one comes', async () => {
  await start({ maxMessage: '4KiB' })
  await up()
  const envelope = (content: string) => `data: {"ietf-restconf:notification":{"a:e":${content}}}\n\n`
  server.say(`data: ${'x'.repeat(10_000)}\n\n`)
  server.say('data: {}\n\ndata: <a/>\n\n')
  server.say(envelope(`{"a":${'['.repeat(600)}${']'.repeat(600)}}`))
  server.say(envelope(`{"a":${'['.repeat(58)}${']'.repeat(58)}}`))
  server.emit(5)
  await expect.poll(() => events().length).toBe(2)
  expect(events()[0].data).toMatchObject({ content: {}, cut: expect.any(Number) })
  expect(runner.status()).toMatchObject({ state: 'up', lost: 4 })
})

it('the server waits while the hub accepts nothing', async () => {
  await start()
  await up()
  host.full = true
  for (let k = 0; k < 5; k++) server.emit(k)
  await new Promise((done) => setImmediate(done))
  expect(published()).toEqual([])
  host.full = false
  await expect.poll(published).toEqual([0, 1, 2, 3, 4])
})

it('with from start, what the server has kept comes; with now, only what follows', async () => {
  server.created = server.now - 3_600_000_000
  server.log.push({ time: server.created + 1, k: 1 })
  await start()
  await up()
  server.emit(2)
  await expect.poll(published).toEqual([2])
  await runner.stop()
  host = new FakeHost(runtime)
  await start({ from: 'start' })
  await expect.poll(published).toEqual([1, 2])
})

it('a server that keeps nothing is one gap for each time that it was lost', async () => {
  server.hasReplay = false
  await start()
  for (const k of [1, 2]) {
    await up()
    server.emit(k)
    await expect.poll(published).toContain(k)
    server.drop()
    server.emit(9)
    await up()
  }
  await expect.poll(gaps).toHaveLength(2)
  expect(gaps()[0]).toBe('not connected to the server, which keeps no notifications')
})

it('a server that does not send again is one gap', async () => {
  await start()
  await up()
  server.emit(1)
  await expect.poll(published).toEqual([1])
  server.refusesReplay = true
  server.drop()
  await up()
  server.emit(2)
  await expect.poll(published).toEqual([1, 2])
  await expect.poll(gaps).toEqual(['the server does not send again what was missed'])
})

const FORGOTTEN = 'the server has not kept all notifications that were missed'

/** The log of the server forgets what has come, and something that was missed. */
async function rollOver(): Promise<void> {
  server.keeps = 2
  await up()
  server.emit(1)
  await expect.poll(published).toHaveLength(1)
  server.isReachable = false
  server.drop()
  for (const k of [2, 3, 4]) server.emit(k)
  server.isReachable = true
  await up()
}

it.each(['json', 'xml'] as const)(
  'a log in %s that does not say what it has forgotten is a gap before the first live notification',
  async (encoding) => {
    server.encoding = encoding
    await start()
    await rollOver()
    await expect.poll(published).toHaveLength(3)
    pausesAreShort = false
    await passOfSecond()
    server.emit(5)
    await expect.poll(gaps).toEqual([FORGOTTEN])
    expect(published().map(Number)).toEqual([1, 3, 4, 5])
    const [{ from, to }] = host.data('hub/gap/restconf/r1')
    expect(String(from) < formatTime(server.log[0].time) && formatTime(server.log[0].time) < String(to)).toBe(
      true,
    )
    server.drop()
    await up()
    server.emit(6)
    await expect.poll(() => published().map(Number)).toEqual([1, 3, 4, 5, 6])
    expect(gaps()).toEqual([FORGOTTEN])
  },
)

it('it is a gap as well if nothing happens after the past', async () => {
  await start()
  await rollOver()
  await expect.poll(published).toEqual([1, 3, 4])
  await expect.poll(gaps).toEqual([FORGOTTEN])
})

it.each([
  ['json', '{"ietf-restconf:notification":{"ietf-subscribed-notifications:replay-completed":{"id":1}}}'],
  [
    'xml',
    '<notification xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0"><replayComplete xmlns="urn:ietf:params:xml:ns:netmod:notification"/></notification>',
  ],
] as const)('a server that says in %s that the past is over is believed', async (encoding, text) => {
  server.encoding = encoding
  pausesAreShort = false
  await start()
  await rollOver()
  await expect.poll(published).toHaveLength(3)
  expect(gaps()).toEqual([])
  server.say(`data: ${text}\n\n`)
  await expect.poll(gaps).toEqual([FORGOTTEN])
  expect(events()).toHaveLength(3)
})

it('a log that the server has begun again is one gap', async () => {
  await start()
  await up()
  server.emit(1)
  await expect.poll(published).toEqual([1])
  server.forget()
  server.emit(2)
  await up()
  server.emit(3)
  await expect.poll(published).toEqual([1, 2, 3])
  expect(gaps()).toEqual([FORGOTTEN])
})

/** A notification that comes then was sent after the stream was opened, though the server told the time in whole seconds. */
async function passOfSecond(): Promise<void> {
  const before = runtime.now()
  await expect.poll(() => runtime.now() - before, { interval: 2 }).toBeGreaterThan(2_000_000)
}

type Step =
  | { do: 'emit'; k: number }
  | { do: 'drop' | 'leave' | 'join' | 'forget' | 'up' | 'restartHub' }
  | { do: 'cut'; after: number }

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('emit' as const), k: fc.nat(3) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('drop', 'leave', 'join', 'up', 'restartHub' as const) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cut' as const), after: fc.nat(2_000) }) },
) satisfies fc.Arbitrary<Step>

async function act(next: Step): Promise<void> {
  if (next.do === 'emit') server.emit(next.k)
  else if (next.do === 'drop' || next.do === 'forget') server[next.do]()
  else if (next.do === 'cut') server.cutAfter = 400 + next.after
  else if (next.do === 'restartHub') {
    await runner.stop()
    run()
  } else if (next.do === 'up') {
    // A server that ends each stream early may never come to the end of what happened in one second.
    if (server.isReachable && server.cutAfter === Number.POSITIVE_INFINITY) await up()
  } else {
    server.isReachable = next.do === 'join'
    if (!server.isReachable) server.drop()
  }
}

it('wherever the server cuts, nothing comes twice, and nothing is missing without one gap', {
  timeout: 300_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 30 }),
      fc.constantFrom('json', 'xml'),
      fc.constantFrom(2, Number.POSITIVE_INFINITY),
      async (todo, encoding, keeps) => {
        server.close()
        server = new ScriptedServer(runtime.now)
        Object.assign(server, { encoding, keeps })
        await server.listen()
        host = new FakeHost(runtime)
        pausesAreShort = false
        run()
        await up()
        server.emit(98)
        await expect.poll(published, { interval: 2 }).toHaveLength(1)
        for (const next of todo) await act(next)
        server.isReachable = true
        server.cutAfter = Number.POSITIVE_INFINITY
        server.drop()
        await up()
        await passOfSecond()
        server.emit(99)
        const last = encoding === 'json' ? 99 : '99'
        await expect.poll(published, { interval: 2 }).toContain(last)
        await runner.stop()
        const emitted = [98, 99, ...todo.flatMap((each) => (each.do === 'emit' ? [each.k] : []))]
        const came = published().map(Number)
        const count = (list: readonly number[], k: number) => list.filter((each) => each === k).length
        for (const k of [0, 1, 2, 3]) expect(count(came, k)).toBeLessThanOrEqual(count(emitted, k))
        if (came.length < emitted.length) expect(gaps().length).toBeGreaterThan(0)
        const forgets = todo.filter((each) => each.do === 'forget').length
        if (keeps > todo.length) expect(gaps().length).toBeLessThanOrEqual(forgets)
      },
    ),
    { numRuns: repeats(7, 600) },
  )
})
