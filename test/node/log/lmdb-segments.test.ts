// Runs on each supported Node.js: LMDB, a native module.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { EventLog } from '../../../src/log/index.js'
import { clockByHand } from '../../helpers/fake-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { append, frames, range, readAll, seqsOf } from '../../log/conformance/tools.js'
import { openLmdb } from '../../log/lmdb-folder.js'

const small = { segment: { bytes: 100_000 }, ringBytes: 64 * 1024, slabBytes: 32 * 1024 }

/** Appends the events of about ten segments, a hundred in each. */
async function fill(log: EventLog, commits = 20): Promise<void> {
  for (let nth = 0; nth < commits; nth++) await log.durable(await append(log, frames(50, 1000)))
}

function segmentsIn(folder: string): string[] {
  return readdirSync(join(folder, 'segments'))
}

test('a full segment is sealed and the next one begins', async () => {
  const log = await openLmdb(small)
  await fill(log)
  expect(segmentsIn(log.folder)[0]).toBe('0000000000000001')
  expect(segmentsIn(log.folder).length).toBe(log.stats.segments)
  expect(log.stats.segments).toBeGreaterThanOrEqual(8)
  expect(seqsOf(await readAll(log, 1))).toEqual(range(1, 1000))
  await log.close()
})

test('a segment is also sealed by the age of its events', async () => {
  const runtime = clockByHand()
  const log = await openLmdb({ runtime, segment: { age: 3600e6 } })
  for (let nth = 0; nth < 6; nth++) {
    await log.durable(await append(log, frames(2)))
    runtime.advance(1800_000)
  }
  expect(log.stats.segments).toBe(2)
  expect(seqsOf(await readAll(log, 1))).toEqual(range(1, 12))
  await log.close()
})

test('the statistics of segments are the same after a restart', async () => {
  const folder = temporaryFolder('log')
  const log = await openLmdb({ ...small, folder })
  await fill(log)
  const { bytes, segments } = log.stats
  await log.close()
  const again = await openLmdb({ ...small, folder })
  expect(again.stats).toMatchObject({ bytes, segments, unflushedBytes: 0 })
  expect(seqsOf(await readAll(again, 1))).toEqual(range(1, 1000))
  expect(seqsOf(await readAll(again, 1000, { backwards: true }))).toEqual(range(1, 1000).reverse())
  await fill(again, 1)
  expect(again.last).toBe(1050)
  await again.close()
})

test('retention by bytes, count and age removes whole segments and their files', async () => {
  const runtime = clockByHand()
  const log = await openLmdb({ ...small, runtime })
  for (let nth = 0; nth < 20; nth++) {
    await log.durable(await append(log, frames(50, 1000)))
    runtime.advance(60_000)
  }
  const byCount = await log.compact({ count: 800 })
  expect(log.first).toBeGreaterThan(1)
  expect(log.first).toBeLessThanOrEqual(201)
  expect(byCount.removed).toEqual({ from: 1, to: log.first - 1 })
  expect(byCount.bytesAfter).toBeLessThan(byCount.bytesBefore)
  expect(byCount.transactions).toBe(20)

  const byBytes = await log.compact({ bytes: 500_000 })
  expect(byBytes.bytesAfter).toBeGreaterThanOrEqual(500_000)
  expect(byBytes.bytesAfter).toBeLessThan(1_200_000)
  expect(byBytes.transactions).toBe(0)
  expect(byBytes.bytesAfterLast).toBe(byCount.bytesAfter)

  await log.compact({ age: 5 * 60e6 })
  expect(log.first).toBeGreaterThan(600)
  expect(log.first).toBeLessThanOrEqual(751)
  expect(segmentsIn(log.folder).length).toBe(log.stats.segments)
  expect(seqsOf(await readAll(log, 1))).toEqual(range(log.first, 1000))
  await log.close()
})

test('the active segment is kept, whatever the limits', async () => {
  const log = await openLmdb(small)
  await fill(log, 3)
  await log.compact({ age: 0, bytes: 0, count: 0 })
  expect(log.stats.segments).toBe(1)
  expect(seqsOf(await readAll(log, 1))).toEqual(range(log.first, 150))
  expect(log.first).toBeLessThanOrEqual(150)
  await log.close()
})

test('a segment that is being read is kept until the reader has left it', async () => {
  const log = await openLmdb(small)
  await fill(log)
  const read = log.read(1, {})[Symbol.asyncIterator]()
  const seen = [...range((await read.next()).value!.firstSeq, 1)]
  expect((await log.compact({ count: 100 })).removed).toBeUndefined()
  expect(existsSync(join(log.folder, 'segments', '0000000000000001'))).toBe(true)
  for (let next = await read.next(); !next.done; next = await read.next()) seen.push(next.value.lastSeq)
  expect(seen.at(-1)).toBe(1000)
  expect((await log.compact({ count: 600 })).removed?.from).toBe(1)

  const left = log.read(log.first, {})[Symbol.asyncIterator]()
  await left.next()
  await left.return?.()
  const { first } = log
  await log.compact({ count: 100 })
  expect(log.first).toBeGreaterThan(first)
  await log.close()
})

test('the last compaction is remembered across a restart', async () => {
  const folder = temporaryFolder('log')
  const log = await openLmdb({ ...small, folder })
  await fill(log)
  const report = await log.compact({ count: 500 })
  await log.close()
  const again = await openLmdb({ ...small, folder })
  await fill(again, 2)
  expect(await again.compact({})).toMatchObject({
    bytesAfterLast: report.bytesAfter,
    transactions: 2,
    removed: undefined,
  })
  await again.close()
})

test('a segment without any commit is removed at the next start', async () => {
  const folder = temporaryFolder('log')
  const log = await openLmdb({ ...small, folder })
  await fill(log, 3)
  const segments = segmentsIn(folder)
  await log.close()
  const { Environment } = await import('../../../src/storage/environment.js')
  const empty = new Environment({
    folder: join(folder, 'segments', '0000000000000151'),
    tables: ['chunks', 'summaries'],
    mapSize: 2 ** 20,
  })
  await empty.close()
  const again = await openLmdb({ ...small, folder })
  expect(segmentsIn(folder)).toEqual(segments)
  expect(again.last).toBe(150)
  await again.close()
})

test('seek finds the first event at or after a time in any segment and among uncommitted events', async () => {
  const runtime = clockByHand()
  const log = await openLmdb({ ...small, runtime })
  for (let nth = 0; nth < 300; nth++) {
    await append(log, frames(1 + (nth % 5), 700))
    if (nth % 10 === 0) await log.durable(log.last)
    runtime.advance(nth % 3 === 0 ? 0 : 10)
  }
  const all = await readAll(log, 1)
  for (const { time } of all) {
    expect(await log.seek(time)).toBe(all.find((event) => event.time >= time)?.seq)
    expect(await log.seek(time + 1)).toBe(all.find((event) => event.time > time)?.seq ?? log.last + 1)
  }
  await log.close()
})
