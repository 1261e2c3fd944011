import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { encodeFrame } from '../../../src/event/frame.js'
import { Event, encode } from '../../../src/event/index.js'
import type { EventLog } from '../../../src/log/event-log.js'
import { openLmdbLog } from '../../../src/log/index.js'
import { type CopyOptions, type CopyReport, copyLog } from '../../../src/log/jetstream/copy-log.js'
import { HeldProxy } from '../../helpers/held-proxy.js'
import { NatsServer } from '../../helpers/nats-server.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { append, frameOf, readAll, seqsOf } from '../conformance/tools.js'
import { endless, linkTo, newStream, openLog } from './open-log.js'

let server: NatsServer
beforeAll(async () => {
  server = await NatsServer.start()
})
afterAll(() => server?.stop())

async function embedded(): Promise<EventLog> {
  const folder = temporaryFolder('copy')
  const log = await openLmdbLog({ runtime: realRuntime, folder, typeOf: (tag) => tag, commitPause: 1 })
  onTestFinished(() => log.close())
  return log
}

/** Events whose chunks have the counters of a producer. */
async function filled(count: number, bodyBytes = 40): Promise<EventLog> {
  const log = await embedded()
  const tags = Array.from({ length: count }, (_, at) => `event/${at}`)
  for (let at = 0; at < count; at += 100) {
    const part = tags.slice(at, at + 100)
    const counters = { key: 'alice/one', first: at + 1, last: at + part.length, count: part.length }
    await append(
      log,
      part.map((tag) => frameOf(tag, bodyBytes)),
      [counters],
    )
    await log.durable(log.last)
  }
  return log
}

async function copied(
  log: EventLog,
  stream: string,
  options: CopyOptions = {},
  address = server.address,
): Promise<CopyReport> {
  const link = await linkTo(address)
  try {
    const target = { link, stream, prefix: stream, replicas: 1, window: 32, typeOf: (tag: string) => tag }
    return await copyLog(log, target, options)
  } finally {
    await link.close()
  }
}

async function opened(stream: string) {
  const log = await openLog(server.address, { stream, window: 32 })
  onTestFinished(() => log.close())
  return log
}

async function tagsOf(log: EventLog): Promise<string[]> {
  return (await readAll(log, 1)).map(({ tag }) => tag)
}

test('a copy has the same events in the same order, with their ids and times as attributes', async () => {
  const log = await filled(1000)
  const stream = newStream()
  const report = await copied(log, stream)
  expect(report).toMatchObject({ from: 1, to: 1000, events: 1000, tooLarge: 0 })
  const copy = await opened(stream)
  const [before, after] = [await readAll(log, 1), await readAll(copy, 1)]
  expect(after.map(({ tag }) => tag)).toEqual(before.map(({ tag }) => tag))
  const event = new Event(after[499].frame)
  expect(event.attributes).toMatchObject({ id: `${log.epoch}-500`, time: expect.stringMatching(/^20.*Z$/) })
  expect(Date.parse(event.attributes!.time as string)).toBe(Math.floor(before[499].time / 1000))
})

test('a copy says which events the log had lost, since a stream cannot', async () => {
  const folder = temporaryFolder('copy')
  const open = () =>
    openLmdbLog({ runtime: realRuntime, folder, typeOf: (tag) => tag, segment: { bytes: 300_000 } })
  const first = await open()
  for (let nth = 0; nth < 4; nth++)
    await first.durable(await append(first, Array(100).fill(frameOf('a', 1000))))
  await first.close()
  rmSync(join(folder, 'segments', '1'.padStart(16, '0')), { recursive: true })
  const log = await open()
  onTestFinished(() => log.close())
  const stream = newStream()
  for (const dryRun of [true, false]) {
    const { lost, events } = await copied(log, stream, { dryRun })
    expect([lost, events]).toEqual([[{ from: 1, to: 300 }], 100])
  }
})

test('an event that came with an id and a time of its own keeps them', async () => {
  const log = await embedded()
  const own = { id: 'one', time: '2020-01-01T00:00:00Z', colour: 'red' }
  await append(log, [
    encodeFrame({ tag: 'a', source: 's', body: Uint8Array.of(0xc0), attributes: encode(own) }),
  ])
  const stream = newStream()
  await copied(log, stream)
  const [{ frame }] = await readAll(await opened(stream), 1)
  expect(new Event(frame).attributes).toEqual(own)
})

test('the counters of producers are carried, so that a repeated event is recognised', async () => {
  const log = await filled(1000)
  const stream = newStream()
  await copied(log, stream)
  let last = 0
  const copy = await opened(stream)
  for await (const { producers } of copy.counters(1))
    for (const range of producers) if (range.key === 'alice/one') last = Math.max(last, range.last)
  expect(last).toBe(1000)
})

test('a hub goes on after the copy', async () => {
  const log = await filled(100)
  const stream = newStream()
  await copied(log, stream)
  const copy = await opened(stream)
  await copy.lead(endless)
  await append(copy, [frameOf('next')])
  expect((await tagsOf(copy)).at(-1)).toBe('next')
})

test('a copy that was cut off with messages on the way goes on where it was, and has nothing twice', async () => {
  const log = await filled(2000)
  const stream = newStream()
  const proxy = await HeldProxy.start(server.address)
  onTestFinished(() => proxy.stop())
  let isHeld = false
  const stopped = new AbortController()
  const first = copied(
    log,
    stream,
    {
      signal: stopped.signal,
      progress: ({ events }) => {
        if (events < 500 || isHeld) return
        isHeld = true
        proxy.hold()
      },
    },
    proxy.address,
  )
  first.catch(() => undefined)
  await expect.poll(() => isHeld && proxy.heldBytes > 0).toBe(true)
  // The second one begins while messages of the first are on the way, which arrive when it has begun.
  const second = copied(log, stream, { progress: () => proxy.release() })
  const report = await second
  expect(report.from).toBeGreaterThan(500)
  expect(report.events).toBe(2000 - report.from + 1)
  stopped.abort()
  await expect(first).rejects.toThrow()
  const copy = await opened(stream)
  const found = await readAll(copy, 1)
  expect(found.map(({ tag }) => tag)).toEqual(await tagsOf(log))
  expect(seqsOf(found)).toEqual([...seqsOf(found)].sort((a, b) => a - b))
  expect(await copied(log, stream)).toMatchObject({ events: 0 })
})

test('what was appended to the log after a copy is all that a further copy stores', async () => {
  const log = await filled(100)
  const stream = newStream()
  await copied(log, stream)
  await append(log, [frameOf('late')])
  await log.durable(log.last)
  expect(await copied(log, stream)).toMatchObject({ from: 101, to: 101, events: 1 })
  expect((await tagsOf(await opened(stream))).slice(-2)).toEqual(['event/99', 'late'])
})

test('a stream with events of a hub, or with the copy of another log, is refused and stays as it is', async () => {
  const [log, other] = [await filled(100), await filled(100)]
  const [used, foreign] = [newStream(), newStream()]
  const hub = await opened(used)
  await hub.lead(endless)
  await append(hub, [frameOf('own')])
  await copied(other, foreign)
  for (const stream of [used, foreign])
    for (const dryRun of [false, true])
      await expect(copied(log, stream, { dryRun })).rejects.toMatchObject({ code: 'TCN_LOG_COPY_TARGET' })
  expect(await tagsOf(hub)).toEqual(['own'])
  expect(hub.term).toBeGreaterThan(0)
})

test('a dry run says what would be copied, and creates nothing', async () => {
  const log = await filled(100)
  await append(log, [frameOf('large', 1024 * 1024)])
  const stream = newStream()
  const seen: number[] = []
  const report = await copied(log, stream, { dryRun: true, progress: ({ events }) => seen.push(events) })
  expect(report).toMatchObject({ from: 1, to: 101, events: 101, tooLarge: 1, firstTooLarge: 101 })
  expect(seen.at(-1)).toBe(101)
  const link = await linkTo(server.address)
  const answer = await link.request(`$JS.API.STREAM.INFO.${stream}`, Buffer.alloc(0), 5000)
  expect(JSON.parse(Buffer.from(answer.payload).toString())).toMatchObject({ error: { code: 404 } })
  await link.close()
})

test('an event over the limit of NATS ends the copy by name, with everything before it stored', async () => {
  const log = await filled(100)
  await append(log, [frameOf('large', 1024 * 1024), frameOf('after')])
  const stream = newStream()
  await expect(copied(log, stream)).rejects.toMatchObject({ code: 'TCN_NATS_PAYLOAD', details: { seq: 101 } })
  expect(await copied(log, stream, { dryRun: true })).toMatchObject({ from: 101, events: 2, tooLarge: 1 })
})
