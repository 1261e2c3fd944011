import { cpSync, rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { EventLog, SeqRange } from '../../src/log/index.js'
import { LogMeta } from '../../src/log/lmdb/log-meta.js'
import { DiskFault } from '../../src/storage/disk-fault.js'
import { Environment } from '../../src/storage/environment.js'
import { realRuntime } from '../helpers/real-runtime.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { append, frames, range, readAll, seqsOf } from './conformance/tools.js'
import { openLmdb } from './lmdb-folder.js'

/** The ranges of which events were found to be missing when the log was opened. */
function missingOf(log: EventLog): SeqRange | undefined {
  const found: SeqRange[] = []
  log.onDamage?.(({ from, to }) => void found.push({ from, to }))
  return found[0]
}

const small = { segment: { bytes: 50_000 } }
const segment = (folder: string, firstSeq: number) =>
  join(folder, 'segments', String(firstSeq).padStart(16, '0'))

/** A log with events 1 to 150 in three segments. */
async function threeSegments(): Promise<string> {
  const folder = temporaryFolder('log')
  const log = await openLmdb({ ...small, folder })
  for (let nth = 0; nth < 3; nth++) await log.durable(await append(log, frames(50, 1000)))
  expect(log.stats.segments).toBe(3)
  await log.close()
  return folder
}

/** Simulates a hub that was killed after it had reserved its block of seqs. */
async function killed(folder: string, lastStored: number): Promise<void> {
  const meta = LogMeta.open({ folder: join(folder, 'meta'), runtime: realRuntime, restored: false })
  meta.begin({ lastStored: lastStored, gone: [], isDamaged: false })
  await meta.close(undefined)
}

const ways = {
  removed: (path: string) => rmSync(path, { recursive: true }),
  emptied: (path: string) => truncateSync(join(path, 'data.mdb')),
}

test.each(Object.keys(ways) as (keyof typeof ways)[])(
  'the newest segment is %s after a clean stop: its events are a lost range, and their numbers are not used again',
  async (way) => {
    const folder = await threeSegments()
    ways[way](segment(folder, 101))
    const log = await openLmdb({ ...small, folder })
    const lost = { from: 101, to: 150, damaged: true }
    expect([log.last, log.lost, missingOf(log)]).toEqual([100, [lost], { from: 101, to: 150 }])
    expect(await append(log, frames(1))).toBe(151)
    expect(seqsOf(await readAll(log, 90))).toEqual([...range(90, 100), 151])
    await log.close()
    const again = await openLmdb({ ...small, folder })
    expect([again.lost, missingOf(again)]).toEqual([[lost], undefined])
    await again.close()
  },
)

test('the range is kept over starts in which nothing is stored, and found only once', async () => {
  const folder = await threeSegments()
  ways.removed(segment(folder, 101))
  for (const missing of [{ from: 101, to: 150 }, undefined, undefined]) {
    const log = await openLmdb({ ...small, folder })
    expect([missingOf(log), log.lost]).toEqual([missing, [{ from: 101, to: 150, damaged: true }]])
    await log.close()
  }
})

test('the newest segment is removed after an unclean stop: the loss is known, up to the reserved numbers', async () => {
  const folder = await threeSegments()
  await killed(folder, 150)
  ways.removed(segment(folder, 101))
  const log = await openLmdb({ ...small, folder })
  expect(log.lost).toEqual([{ from: 101, to: 1_000_150, damaged: true }])
  expect(await append(log, frames(1))).toBe(1_000_151)
  await log.close()
})

test('a segment that begins is known to be missing even if the hub was killed in it', async () => {
  const folder = temporaryFolder('log')
  const log = await openLmdb({ ...small, folder })
  await log.durable(await append(log, frames(50, 1000)))
  await log.durable(await append(log, frames(50, 1000)))
  await log.close()
  const meta = LogMeta.open({ folder: join(folder, 'meta'), runtime: realRuntime, restored: false })
  meta.begin({ lastStored: 100, gone: [], isDamaged: false })
  meta.segmentBegun(101)
  await meta.close(undefined)
  const again = await openLmdb({ ...small, folder })
  expect(again.lost).toEqual([{ from: 101, to: 1_000_100, damaged: true }])
  await again.close()
})

test('a segment is also recorded when its first commit fails and is tried again', async () => {
  const recorded = vi.spyOn(LogMeta.prototype, 'segmentBegun')
  const log = await openLmdb(small)
  await log.durable(await append(log, frames(50, 1000)))
  const { commit } = Environment.prototype
  const faulty = vi.spyOn(Environment.prototype, 'commit').mockImplementation(function (
    this: Environment,
    writes,
  ) {
    if (!this.folder.endsWith('51')) return commit.call(this, writes)
    faulty.mockRestore()
    return Promise.reject(new DiskFault('failed', 'EIO'))
  })
  await expect(log.durable(await append(log, frames(50, 1000)))).rejects.toMatchObject({
    code: 'TCN_LOG_WRITE',
  })
  await expect.poll(() => log.stats.fault, { timeout: 30_000 }).toBeUndefined()
  expect(log.stats.segments).toBe(2)
  expect(recorded.mock.calls).toEqual([[1], [51]])
  recorded.mockRestore()
  await log.close()
})

test('verify reports the missing events, until retention has passed them', async () => {
  const folder = await threeSegments()
  ways.removed(segment(folder, 101))
  const log = await openLmdb({ ...small, folder })
  const checks = []
  for await (const check of log.verify!()) if (check.error !== undefined) checks.push(check)
  expect(checks).toMatchObject([
    { firstSeq: 101, lastSeq: 150, count: 0, error: { code: 'TCN_LOG_CORRUPT' } },
  ])
  await log.close()
})

test('a segment that was sealed, and grew again after a kill, is read to its end', async () => {
  const folder = await threeSegments()
  const before = `${folder}-before`
  onTestFinished(() => rmSync(before, { recursive: true, force: true }))
  const meta = LogMeta.open({ folder: join(folder, 'meta'), runtime: realRuntime, restored: false })
  meta.begin({ lastStored: 150, gone: [], isDamaged: false })
  const times = { firstTime: 1, lastTime: 2 }
  meta.keepSegmentTotals({ firstSeq: 101, lastSeq: 120, ...times, count: 20, bytes: 20_000, commits: 3 })
  await meta.close(150)
  const log = await openLmdb({ folder, segment: { bytes: 80_000 } })
  // The meta file as a hub leaves it that is killed before it has stored that the segment is sealed again.
  cpSync(folder, before, { recursive: true })
  for (let nth = 0; nth < 3; nth++) await log.durable(await append(log, frames(50, 1000)))
  expect(log.stats.segments).toBeGreaterThan(3)
  const { last } = log
  await log.close()
  for (const name of ['meta', 'meta.copy']) {
    rmSync(join(folder, name), { recursive: true })
    cpSync(join(before, name), join(folder, name), { recursive: true })
  }
  const records = new Environment({ folder: join(folder, 'meta'), tables: ['log'], mapSize: 1024 ** 2 })
  await records.commit([{ table: 'log', key: 'lock', value: undefined }])
  await records.close()
  const again = await openLmdb({ folder })
  expect(seqsOf(await readAll(again, 155))).toEqual(range(155, last))
  await again.close()
})

test('without damage nothing is missing', async () => {
  const folder = await threeSegments()
  await killed(folder, 150)
  const log = await openLmdb({ ...small, folder })
  expect([missingOf(log), log.lost]).toEqual([undefined, [{ from: 151, to: 1_000_150 }]])
  await log.close()
})
