import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import type { ChunkSummary, EventLog, LmdbLogOptions } from '../../../src/log/index.js'
import { rewriteSegment } from '../../../src/log/lmdb/rewriting/rewrite-segment.js'
import { writeCheckedNow } from '../../../src/storage/checked-file.js'
import { Environment } from '../../../src/storage/environment.js'
import { clockByHand } from '../../helpers/fake-runtime.js'
import { Faults } from '../../parts/faults.js'
import { append, frameOf, frames, range, readAll, sameEvents, seeded, seqsOf } from '../conformance/tools.js'
import { compressAll, fill, foldersOf, openCompressing } from './compressed-log.js'

async function summariesOf(log: EventLog): Promise<ChunkSummary[]> {
  const found: ChunkSummary[] = []
  for await (const summary of log.summaries!(log.first, log.last)) found.push(summary)
  return found
}

function sumOf(summaries: ChunkSummary[], what: 'count' | 'bytes'): number {
  return summaries.reduce((sum, summary) => sum + summary[what], 0)
}

async function verified(log: EventLog) {
  const checks = []
  for await (const check of log.verify!()) checks.push(check)
  return {
    events: checks.reduce((sum, { count }) => sum + count, 0),
    errors: checks.filter(({ error }) => error),
  }
}

test('a log has the same events, times, counts and counters before and after it is compressed, and when it opens again', async () => {
  const log = await openCompressing()
  await fill(log)
  const events = await readAll(log, 1)
  const before = await summariesOf(log)
  const bytes = log.stats.bytes
  const parts = await compressAll(log)
  expect(parts.map(({ firstSeq, left, error }) => [firstSeq, left, error])).toEqual([
    [1, 1, undefined],
    [291, 0, undefined],
  ])
  for (const { plainBytes, bytesBefore, bytesAfter } of parts) {
    expect(bytesAfter).toBeLessThan(plainBytes / 4)
    expect(bytesAfter).toBeLessThan(bytesBefore / 4)
  }
  let current: EventLog = log
  for (const again of [false, true]) {
    if (again) {
      await log.close()
      current = await openCompressing({ folder: log.folder })
    }
    sameEvents(await readAll(current, 1), events)
    sameEvents(await readAll(current, 800, { backwards: true }), events.toReversed())
    for (const { seq, time } of events.filter(({ seq }) => seq % 97 === 0)) {
      expect(await current.seek(time)).toBeLessThanOrEqual(seq)
      expect(seqsOf(await readAll(current, seq, { to: seq + 3 }))).toEqual(range(seq, Math.min(800, seq + 3)))
    }
    const after = await summariesOf(current)
    expect(after.length).toBeLessThan(before.length)
    expect([sumOf(after, 'count'), sumOf(after, 'bytes')]).toEqual([800, sumOf(before, 'bytes')])
    expect(current.stats.bytes).toBe(bytes)
    expect(after.reduce((sum, { producers }) => sum + producers[0].count, 0)).toBe(800)
    expect(await verified(current)).toEqual({ events: 800, errors: [] })
    expect(current.compression).toMatchObject({ segments: 2, isAutomatic: false })
    expect(await compressAll(current)).toEqual([])
  }
  await current.close()
})

test('a log that compresses by itself does so when a segment is sealed', async () => {
  const log = await openCompressing({ compress: true })
  await fill(log)
  await vi.waitFor(() => expect(log.compression!.segments).toBe(2))
  expect(seqsOf(await readAll(log, 1))).toEqual(range(1, 800))
  expect(foldersOf(log.folder).map(Number)).toEqual([1, 291, 581])
  await log.close()
})

test('a log with segments from before compresses them soon after it was opened', async () => {
  const { folder } = await filled()
  const runtime = clockByHand()
  const log = await openCompressing({ folder, compress: true, runtime })
  expect(log.compression!.segments).toBe(0)
  runtime.advance(5000)
  await vi.waitFor(() => expect(log.compression!.segments).toBe(2))
  await log.close()
})

test('a log that is not to compress stays as it is', async () => {
  const log = await filled({ compress: false })
  expect(log.compression).toMatchObject({ segments: 0 })
})

test('a log begins to compress by itself, and no longer does, when it is told to', async () => {
  const { folder } = await filled()
  const log = await openCompressing({ folder, compress: false })
  log.compressByItself!(true)
  await vi.waitFor(() => expect(log.compression).toMatchObject({ segments: 2, isAutomatic: true }))
  log.compressByItself!(false)
  expect(log.compression).toMatchObject({ isAutomatic: false })
  await log.close()
})

test('a log with a compressed segment is opened also if its copy was not written any more', async () => {
  const { folder } = await filled()
  const copy = join(folder, 'meta.copy')
  const plain = readFileSync(copy)
  const log = await openCompressing({ folder })
  await compressAll(log)
  await log.close()
  // The copy of a process that was killed has no mark of a clean stop.
  const { clean: _, ...records } = JSON.parse(plain.toString().split('\n')[0])
  writeCheckedNow(copy, records)
  const again = await openCompressing({ folder })
  expect([again.findings, again.compression!.segments]).toEqual([[], 2])
  await again.close()
})

test('a log of a format that this version does not know is refused', async () => {
  const { folder } = await filled()
  const environment = new Environment({ folder: join(folder, 'meta'), tables: ['log'], mapSize: 2 ** 24 })
  await environment.commit([{ table: 'log', key: 'format', value: Buffer.from('3') }])
  await environment.close()
  rmSync(join(folder, 'meta.copy'))
  await expect(openCompressing({ folder })).rejects.toMatchObject({
    code: 'TCN_LOG_NEWER',
    message: expect.stringContaining('has format 3; this version supports 2'),
  })
})

test('what throws while a segment is compressed is counted, and tried again later and later', async () => {
  using faults = new Faults()
  const { folder } = await filled()
  const runtime = clockByHand()
  let attempts = 0
  const rewrite = async () => {
    attempts++
    throw new Error('the disk does not answer')
  }
  const log = await openCompressing({ folder, compress: true, rewrite, runtime })
  runtime.advance(5000)
  await vi.waitFor(() => expect(faults.parts).toHaveLength(2))
  const thrown = ['upkeep compression', new Error('the disk does not answer')]
  expect(faults.parts).toEqual([thrown, thrown])
  for (const [minutes, expected] of [
    [1, 4],
    [1, 4],
    [1, 6],
  ]) {
    runtime.advance(minutes * 60_000)
    const isWaiting = () => runtime.pending > 0
    await vi.waitFor(() =>
      expect([attempts, faults.parts.length, isWaiting()]).toEqual([expected, expected, true]),
    )
  }
  expect(seqsOf(await readAll(log, 1))).toEqual(range(1, 800))
  await log.close()
})

test('a segment that is damaged stays as it is, and is not tried again', async () => {
  using faults = new Faults()
  const { folder } = await filled()
  flip(join(folder, 'segments', '0000000000000001', 'data.mdb'), 'test/part-3')
  const runtime = clockByHand()
  const log = await openCompressing({ folder, compress: true, runtime })
  runtime.advance(5000)
  await vi.waitFor(() => expect(log.compression!.segments).toBe(1))
  runtime.advance(3_600_000)
  await vi.waitFor(() => expect(faults.parts).toHaveLength(1))
  const [[, error]] = faults.parts
  expect(error).toMatchObject({ code: 'TCN_LOG_CORRUPT' })
  expect(await compressAll(log)).toMatchObject([{ firstSeq: 1, error: { code: 'TCN_LOG_CORRUPT' } }])
  await log.close()
})

test('what an interrupted compression has left is removed at the next start', async () => {
  const { folder } = await filled()
  const remains = join(folder, 'segments', '0000000000000001.compressing')
  mkdirSync(remains)
  writeFileSync(join(remains, 'data.mdb'), 'half of it')
  const log = await openCompressing({ folder })
  expect(existsSync(remains)).toBe(false)
  await log.close()
})

test('a segment that retention removes meanwhile is not made anew', async () => {
  const { folder } = await filled()
  let removed = () => Promise.resolve()
  const log = await openCompressing({
    folder,
    rewrite: async (task, signal) => {
      const bytes = await rewriteSegment(task, signal)
      await removed()
      return bytes
    },
  })
  removed = async () => void (await log.compact({ count: 1 }))
  await compressAll(log)
  expect([log.first, foldersOf(folder)]).toEqual([581, ['0000000000000581']])
  await log.close()
})

test('a log that closes while a segment is compressed leaves it plain', async () => {
  const { folder } = await filled()
  let begun = () => {}
  const beginning = new Promise<void>((resolve) => {
    begun = resolve
  })
  const log = await openCompressing({
    folder,
    rewrite: async (task, signal) => {
      begun()
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      return rewriteSegment(task, signal)
    },
  })
  const refused = expect(compressAll(log)).rejects.toMatchObject({ code: 'TCN_LOG_CLOSED' })
  await beginning
  await log.close()
  await refused
  const again = await openCompressing({ folder })
  expect([again.compression!.segments, seqsOf(await readAll(again, 1))]).toEqual([0, range(1, 800)])
  await again.close()
})

test('a reader and a check go on while the segment that they read is compressed', async () => {
  const log = await openCompressing()
  await fill(log)
  const checks = log.verify!()[Symbol.asyncIterator]()
  const first = await checks.next()
  const seqs: number[] = []
  let compressed: Promise<unknown> | undefined
  for await (const batch of log.read(1, { bytes: Number.POSITIVE_INFINITY, events: 800 })) {
    seqs.push(...range(batch.firstSeq, batch.lastSeq))
    compressed ??= compressAll(log)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(seqs).toEqual(range(1, 800))
  let events = first.value.count
  for (let next = await checks.next(); !next.done; next = await checks.next()) events += next.value.count
  expect(events).toBe(800)
  await compressed
  expect(log.compression!.segments).toBe(2)
  await log.close()
})

test('a chunk that was read before its segment was compressed does not hide those that are merged with it', async () => {
  const log = await openCompressing()
  await fill(log)
  expect(seqsOf(await readAll(log, 1, { to: 10, backwards: false }))).toEqual(range(1, 10))
  await readAll(log, 10, { to: 1, backwards: true })
  await compressAll(log)
  expect(seqsOf(await readAll(log, 15, { to: 200 }))).toEqual(range(15, 200))
  await log.close()
})

test('long events and events that cannot become smaller are kept plain between compressed ones', async () => {
  const log = await openCompressing()
  const next = seeded(1)
  const random = randomFrame(30_000, next)
  const parts = [...frames(100, 1000), random, frameOf('test/long', 400_000), ...frames(100, 1000)]
  for (const part of parts) await log.durable(await append(log, [part]))
  await log.durable(await append(log, frames(1, 1000)))
  const events = await readAll(log, 1)
  await compressAll(log)
  expect(log.compression!.segments).toBe(1)
  sameEvents(await readAll(log, 1), events)
  expect(await verified(log)).toEqual({ events: events.length, errors: [] })
  await log.close()
})

test('events that cannot become smaller are the same after their segment was compressed', async () => {
  const log = await openCompressing({ segment: { bytes: 1_500_000 } })
  const next = seeded(2)
  // Beside them there is one that can, so that the new file is smaller, and is used.
  await log.durable(await append(log, [frameOf('test/zeros', 200_000)]))
  for (let nth = 0; nth < 14; nth++) await log.durable(await append(log, [randomFrame(100_000, next)]))
  await log.durable(await append(log, frames(1, 1000)))
  const events = await readAll(log, 1)
  const [part] = await compressAll(log)
  expect([part.error, part.bytesAfter < part.bytesBefore]).toEqual([undefined, true])
  sameEvents(await readAll(log, 1), events)
  expect(await verified(log)).toEqual({ events: events.length, errors: [] })
  await log.close()
})

test('a new file with other frames than the segment does not take its place', async () => {
  using faults = new Faults()
  const log = await openCompressing()
  const next = seeded(3)
  const sealed = Array.from({ length: 13 }, () => randomFrame(30_000, next))
  for (const frame of sealed) await log.durable(await append(log, [frame]))
  await log.durable(await append(log, frames(1, 1000)))
  const events = await readAll(log, 1)
  const commit = vi.spyOn(Environment.prototype, 'commit')
  commit.mockImplementationOnce(function (this: Environment, writes) {
    writes.find(({ table }) => table === 'chunks')!.value![500] ^= 1
    return this.commit(writes)
  })
  const [part] = await compressAll(log)
  expect(part.error?.message).toContain('the new segment is damaged: ')
  commit.mockRestore()
  expect(faults.parts).toHaveLength(1)
  sameEvents(await readAll(log, 1), events)
  await log.close()
})

test('retention by size counts bytes on the disk', async () => {
  const log = await filled({}, false)
  const policy = { bytes: 700_000 }
  await compressAll(log)
  expect((await log.compact(policy)).removed).toBeUndefined()
  await log.close()
  const plain = await filled({}, false)
  expect((await plain.compact(policy)).removed).toEqual({ from: 1, to: 290 })
  await plain.close()
})

test('only one segment is compressed at a time', async () => {
  let [atWork, most] = [0, 0]
  const log = await openCompressing({
    compress: true,
    rewrite: async (task, signal) => {
      most = Math.max(most, ++atWork)
      try {
        return await rewriteSegment(task, signal)
      } finally {
        atWork--
      }
    },
  })
  await fill(log)
  await Promise.all([compressAll(log), compressAll(log)])
  await vi.waitFor(() => expect(log.compression!.segments).toBe(2))
  expect(most).toBe(1)
  await log.close()
})

/** A log of three plain segments; closed unless it is not to be. */
async function filled(options: Partial<LmdbLogOptions> = {}, isClosed = true) {
  const log = await openCompressing(options)
  await fill(log)
  if (isClosed) await log.close()
  return log
}

function flip(file: string, text: string): void {
  const bytes = readFileSync(file)
  bytes[bytes.indexOf(text)] ^= 1
  writeFileSync(file, bytes)
}

function randomFrame(bytes: number, next: () => number): Uint8Array {
  return frameOf('test/random', bytes).map((byte, at) => (at < 100 ? byte : next() * 256))
}
