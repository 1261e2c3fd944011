import { join } from 'node:path'
import { expect, test } from 'vitest'
import { LogMeta } from '../../src/log/lmdb/log-meta.js'
import { realRuntime } from '../helpers/real-runtime.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { append, frames, range, readAll, seqsOf } from './conformance/tools.js'
import { openLmdb } from './lmdb-folder.js'

/** Simulates a hub that reserved its block of seqs and was killed before it stored an event. */
async function crash(folder: string, lastStored: number): Promise<void> {
  const meta = LogMeta.open({ folder: join(folder, 'meta'), runtime: realRuntime, restored: false })
  meta.begin({ lastStored: lastStored, gone: [], isDamaged: false })
  await meta.close(undefined)
}

test('after an unclean stop seqs continue after the reserved block, and the lost range is reported', async () => {
  const folder = temporaryFolder('log')
  const first = await openLmdb({ folder })
  await append(first, frames(10))
  await first.close()
  await crash(folder, 10)
  const second = await openLmdb({ folder })
  expect([second.first, second.last, second.epoch]).toEqual([1, 10, first.epoch])
  expect(second.lost).toEqual([{ from: 11, to: 1_000_010 }])
  await append(second, frames(3))
  expect(second.last).toBe(1_000_013)
  await second.close()
  const third = await openLmdb({ folder })
  expect(third.lost).toEqual([{ from: 11, to: 1_000_010 }])
  expect(seqsOf(await readAll(third, 1))).toEqual([...range(1, 10), ...range(1_000_011, 1_000_013)])
  expect(seqsOf(await readAll(third, 500))).toEqual(range(1_000_011, 1_000_013))
  expect(seqsOf(await readAll(third, 500_000, { backwards: true }))).toEqual(range(1, 10).reverse())
  await append(third, frames(1))
  expect(third.last).toBe(1_000_014)
  await third.close()
})

test('seek finds a time in a log with holes left by crashes', async () => {
  const folder = temporaryFolder('log')
  const times: number[] = []
  for (const now of [1000, 2000, 3000]) {
    const log = await openLmdb({ folder, runtime: { ...realRuntime, now: () => now } })
    await append(log, frames(10))
    times.push(log.last - 9)
    await log.close()
    await crash(folder, log.last)
  }
  const log = await openLmdb({ folder })
  const found = []
  for (const time of [0, 1000, 1500, 2000, 2500, 3000]) found.push(await log.seek(time))
  const [first, second, third] = times
  expect(found).toEqual([first, first, second, second, third, third])
  await log.close()
})

test('consecutive crashes make one lost range', async () => {
  const folder = temporaryFolder('log')
  for (let nth = 0; nth < 3; nth++) await crash(folder, 0)
  const log = await openLmdb({ folder })
  expect([log.first, log.last]).toEqual([1, 0])
  expect(log.lost).toEqual([{ from: 1, to: 3_000_000 }])
  await append(log, frames(1))
  expect([log.first, log.last]).toEqual([3_000_001, 3_000_001])
  await log.close()
})

test('expired lost ranges are dropped', async () => {
  const folder = temporaryFolder('log')
  await crash(folder, 0)
  const log = await openLmdb({ folder, segment: { bytes: 50_000 } })
  for (let nth = 0; nth < 10; nth++) await log.durable(await append(log, frames(50, 1000)))
  expect(log.lost.length).toBe(1)
  await log.compact({ count: 100 })
  expect(log.lost).toEqual([])
  await log.close()
  const again = await openLmdb({ folder })
  expect(again.lost).toEqual([])
  await again.close()
})

test('seqs are reserved before they are assigned, even many at once', async () => {
  const folder = temporaryFolder('log')
  const meta = LogMeta.open({ folder: join(folder, 'meta'), runtime: realRuntime, restored: false })
  meta.begin({ lastStored: 0, gone: [], isDamaged: false })
  const failed = (thrown: unknown) => expect.unreachable(String(thrown))
  let given = 0
  for (const count of [1, 400_000, 400_000, 3_000_000, 1, 900_000, 200_000]) {
    meta.reserve(count, failed)
    meta.next += count
    given += count
    if (count === 900_000) await meta.reserveAhead()
  }
  await meta.close(undefined)
  const again = LogMeta.open({ folder: join(folder, 'meta'), runtime: realRuntime, restored: false })
  again.begin({ lastStored: 0, gone: [], isDamaged: false })
  expect(again.next).toBeGreaterThan(given)
  expect(again.lost).toEqual([{ from: 1, to: again.next - 1 }])
  await again.close(0)
})

test('event times continue from the last event if the clock was set back across a restart', async () => {
  const folder = temporaryFolder('log')
  const log = await openLmdb({ folder, runtime: { ...realRuntime, now: () => 5000 } })
  await append(log, frames(1))
  await log.close()
  const again = await openLmdb({ folder, runtime: { ...realRuntime, now: () => 3000 } })
  await append(again, frames(1))
  expect((await readAll(again, 1)).map(({ time }) => time)).toEqual([5000, 5000])
  await again.close()
})

test('a log opened as restored has a new epoch', async () => {
  const folder = temporaryFolder('log')
  const log = await openLmdb({ folder })
  await append(log, frames(5))
  await log.close()
  const restored = await openLmdb({ folder, restored: true })
  expect(restored.epoch).not.toBe(log.epoch)
  await restored.close()
  const again = await openLmdb({ folder })
  expect([again.epoch, again.last]).toEqual([restored.epoch, 5])
  await again.close()
})
