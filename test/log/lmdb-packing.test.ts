import { expect, test } from 'vitest'
import type { ChunkSummary, EventLog } from '../../src/log/index.js'
import { clockByHand } from '../helpers/fake-runtime.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { append, frames, range, readAll, sameEvents, seqsOf } from './conformance/tools.js'
import { openLmdb } from './lmdb-folder.js'

const SMALL = 16 * 1024

async function summariesOf(log: EventLog): Promise<ChunkSummary[]> {
  const found: ChunkSummary[] = []
  for await (const summary of log.summaries!(1, log.last)) found.push(summary)
  return found
}

/** Appends events with one commit each. */
async function fillSlowly(log: EventLog, count: number): Promise<void> {
  for (let nth = 0; nth < count; nth++) await log.durable(await append(log, frames(1, 230)))
}

test('a slow log is packed too: chunks are filled by many commits', async () => {
  const log = await openLmdb()
  await fillSlowly(log, 400)
  const chunks = await summariesOf(log)
  expect(chunks.slice(0, -1).every(({ bytes }) => bytes >= SMALL && bytes < SMALL + 1000)).toBe(true)
  expect(chunks.length).toBe(Math.ceil(log.stats.bytes / (SMALL + 100)))
  expect(seqsOf(await readAll(log, 1))).toEqual(range(1, 400))
  await log.close()
})

test('a small last chunk is extended after a restart, with its counts and producers', async () => {
  const folder = temporaryFolder('log')
  const first = await openLmdb({ folder })
  await append(first, frames(10, 230, 'one/two'), [{ key: 'p', first: 1, last: 10, count: 10 }])
  await first.close()
  const second = await openLmdb({ folder })
  await append(second, frames(10, 230, 'one/three'), [{ key: 'p', first: 11, last: 20, count: 10 }])
  await second.durable(20)
  const [chunk, ...more] = await summariesOf(second)
  expect(more).toEqual([])
  expect(chunk).toMatchObject({ firstSeq: 1, lastSeq: 20, count: 20, bytes: second.stats.bytes })
  expect(chunk.producers).toEqual([{ key: 'p', first: 1, last: 20, count: 20 }])
  expect(chunk.prefixes.counts).toEqual([
    ['one/two/', 10],
    ['one/three/', 10],
  ])
  expect(chunk.types).toEqual({ counts: [['test.one', 20]], complete: true })
  expect(chunk.sources).toEqual({ counts: [['test', 20]], complete: true })
  await second.close()
  const third = await openLmdb({ folder })
  expect(seqsOf(await readAll(third, 1))).toEqual(range(1, 20))
  for await (const { error } of third.verify!()) expect(error).toBeUndefined()
  await third.close()
})

test('a read of everything takes small chunks together, also when it names the empty prefix', async () => {
  const log = await openLmdb({ ringBytes: 1, slabBytes: SMALL })
  await fillSlowly(log, 400)
  const chunks = await summariesOf(log)
  const batches = async (prefixes?: string[]) => {
    const counts: number[] = []
    for await (const { count } of log.read(1, { prefixes })) counts.push(count)
    return counts
  }
  const together = await batches()
  expect(together.length).toBeLessThan(chunks.length / 2)
  expect(await batches([''])).toEqual(together)
  await log.close()
})

test('a fast log is packed into chunks of up to 256 KiB', async () => {
  const log = await openLmdb()
  for (let nth = 0; nth < 40; nth++) await append(log, frames(200, 230))
  await log.durable(log.last)
  const chunks = await summariesOf(log)
  expect(chunks.every(({ bytes }) => bytes <= 256 * 1024)).toBe(true)
  expect(chunks.filter(({ bytes }) => bytes > 250 * 1024).length).toBeGreaterThanOrEqual(6)
  await log.close()
})

test('a commit runs after the pause, or at once if a durable call waits', async () => {
  const runtime = clockByHand()
  const log = await openLmdb({ runtime, commitPause: 5 })
  await append(log, frames(1))
  runtime.advance(4)
  expect(log.stats.unflushedBytes).toBeGreaterThan(0)
  runtime.advance(1)
  await expect.poll(() => log.stats.unflushedBytes).toBe(0)
  await append(log, frames(1))
  await log.durable(2)
  expect(log.stats.unflushedBytes).toBe(0)
  await log.close()
})

test('enough data for a commit does not wait for the pause', async () => {
  const log = await openLmdb({ runtime: clockByHand() })
  const batch = frames(1000, 4000)
  for (let nth = 0; nth < 3; nth++) await append(log, batch)
  await expect.poll(() => log.stats.unflushedBytes).toBe(0)
  await append(log, frames(1))
  expect(log.stats.unflushedBytes).toBeGreaterThan(0)
  await log.close()
})

test('a reader sees the same events before, during and after a commit', async () => {
  const log = await openLmdb({ runtime: clockByHand(), ringBytes: 1, slabBytes: 4096 })
  await append(log, frames(300, 230))
  const before = await readAll(log, 1)
  const flushed = log.durable(300)
  sameEvents(await readAll(log, 1), before)
  await flushed
  await append(log, frames(1, 230))
  sameEvents(await readAll(log, 1, { to: 300 }), before)
  expect(seqsOf(await readAll(log, 1))).toEqual(range(1, 301))
  await log.close()
})

test('summaries cover the requested range, and only committed events', async () => {
  const log = await openLmdb({ runtime: clockByHand() })
  for (let nth = 0; nth < 5; nth++) {
    await append(log, frames(100, 230))
    await log.durable(log.last)
  }
  await append(log, frames(100, 230))
  const found: [number, number][] = []
  for await (const { firstSeq, lastSeq } of log.summaries!(150, 350)) found.push([firstSeq, lastSeq])
  expect(found).toEqual([
    [101, 200],
    [201, 300],
    [301, 400],
  ])
  expect((await summariesOf(log)).at(-1)?.lastSeq).toBe(500)
  await log.close()
})

test('a long event that left the ring is read from its memory as long as somebody uses that', async () => {
  const log = await openLmdb({ ringBytes: 1 })
  const stored: ArrayBufferLike[] = []
  log.onStored(({ bytes }) => void stored.push(bytes.buffer))
  await append(log, frames(1, 2 * 1024 * 1024))
  for (let nth = 0; nth < 3; nth++) await log.durable(await append(log, frames(400, 4000)))
  const memoryOf = async (seq: number) => {
    for await (const { bytes } of log.read(seq, { to: seq })) return bytes.buffer
  }
  expect((await memoryOf(1)) === stored[0]).toBe(true)
  expect(stored.includes((await memoryOf(2))!)).toBe(false)
  await log.close()
})
