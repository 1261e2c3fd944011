// Runs on each supported Node.js: LMDB, a native module.
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { MOST_AHEAD } from '../../../src/event/plausible-time.js'
import { timesOf } from '../../../src/log/event-times.js'
import { FORMAT } from '../../../src/log/lmdb/log-meta.js'
import { readChecked, writeCheckedNow } from '../../../src/storage/checked-file.js'
import { Environment } from '../../../src/storage/environment.js'
import { isAlive, type LockHolder, thisProcess } from '../../../src/storage/lock-holder.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { append, frames, range, readAll, seqsOf } from '../../log/conformance/tools.js'
import { openLmdb } from '../../log/lmdb-folder.js'

async function writeMeta(folder: string, key: string, value: unknown): Promise<void> {
  const meta = new Environment({ folder: join(folder, 'meta'), tables: ['log'], mapSize: 2 ** 24 })
  await meta.commit([{ table: 'log', key, value: Buffer.from(JSON.stringify(value)) }])
  await meta.close()
}

test('a log that is open elsewhere is refused, and the error names the process that uses it', async () => {
  const log = await openLmdb()
  await expect(openLmdb({ folder: log.folder })).rejects.toMatchObject({
    code: 'TCN_LOG_LOCKED',
    message: expect.stringContaining(`process ${process.pid}`),
    details: { pid: process.pid },
  })
  await append(log, frames(1))
  await log.durable(1)
  await log.close()
  const again = await openLmdb({ folder: log.folder })
  await again.close()
})

test('the lock of a process that no longer runs is taken over', async () => {
  const folder = temporaryFolder('log')
  await (await openLmdb({ folder })).close()
  const me = thisProcess()
  const gone: LockHolder[] = [
    { ...me, boot: 'another boot' },
    { ...me, start: '1' },
    { ...me, pid: 2 ** 22 + 1 },
  ]
  for (const holder of gone) {
    await writeMeta(folder, 'lock', holder)
    const log = await openLmdb({ folder })
    await log.close()
  }
})

test('a process is distinguished by its start time from another one with the same id', () => {
  const me = thisProcess()
  expect(me.start).toMatch(/^\d+$/)
  expect(isAlive(me)).toBe(true)
  expect(isAlive({ ...me, start: `${Number(me.start) + 1}` })).toBe(false)
  expect(isAlive({ ...me, start: '' })).toBe(true)
  expect(isAlive({ ...me, start: '', pid: 2 ** 22 + 1 })).toBe(false)
})

test('a log of a newer format is refused and left unchanged', async () => {
  const folder = temporaryFolder('log')
  const log = await openLmdb({ folder })
  await append(log, frames(3))
  await log.close()
  await writeMeta(folder, 'format', FORMAT + 1)
  // A newer hub writes its format into the copy too; only one of the two would be damage.
  const copy = join(folder, 'meta.copy')
  const records = readChecked(copy, 1e6)
  writeCheckedNow(copy, { ...records, format: FORMAT + 1 })
  await expect(openLmdb({ folder })).rejects.toMatchObject({ code: 'TCN_LOG_NEWER' })
  await writeMeta(folder, 'format', FORMAT)
  writeCheckedNow(copy, { ...records })
  const again = await openLmdb({ folder })
  expect(again.last).toBe(3)
  await again.close()
})

test('a log of format 1 can be read and written', async () => {
  const folder = temporaryFolder('log')
  cpSync(join(import.meta.dirname, '../../log/fixtures/format-1'), folder, { recursive: true })
  const log = await openLmdb({ folder })
  expect([log.epoch, log.first, log.last]).toEqual(['fixtureformat', 1, 300])
  expect(log.lost).toEqual([])
  expect(log.stats.segments).toBe(2)
  const events = await readAll(log, 1)
  expect(seqsOf(events)).toEqual(range(1, 300))
  expect(events[0]).toMatchObject({ tag: 'fixture/0/0', time: 1_767_225_600_000_000 })
  for await (const { error } of log.verify!()) expect(error).toBeUndefined()
  const producers: unknown[] = []
  for await (const summary of log.summaries!(1, 300)) {
    producers.push(...summary.producers)
    expect(timesOf(summary)).toEqual([{ from: 0, to: summary.lastTime + MOST_AHEAD }])
  }
  expect(producers).toEqual([
    { key: 'fixture', first: 1, last: 2, count: 200 },
    { key: 'fixture', first: 3, last: 3, count: 100 },
  ])
  await append(log, frames(1))
  await log.close()
})
