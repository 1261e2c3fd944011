// Runs on each supported Node.js: LMDB, a native module.
import { readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { append, frames, range, readAll, seqsOf } from '../../log/conformance/tools.js'
import { openLmdb } from '../../log/lmdb-folder.js'

vi.mock('node:fs/promises', async (original) => {
  const fs = await original<typeof import('node:fs/promises')>()
  return { ...fs, rm: vi.fn(fs.rm) }
})

test('a segment that cannot be deleted is no longer part of the log, and is deleted with the next one', async () => {
  const log = await openLmdb({ segment: { bytes: 50_000 } })
  for (let nth = 0; nth < 4; nth++) await log.durable(await append(log, frames(50, 1000)))
  const fault = Object.assign(new Error('the disk does not answer'), { code: 'EIO' })
  vi.mocked(rm).mockRejectedValueOnce(fault)
  const { removed } = await log.compact({ count: 150 })
  expect(removed).toEqual({ from: 1, to: 50 })
  const names = () => readdirSync(join(log.folder, 'segments')).filter((name) => name.endsWith('.removed'))
  expect([log.first, names()]).toEqual([51, ['0000000000000001.removed']])
  expect(seqsOf(await readAll(log, 1))).toEqual(range(51, 200))
  await log.compact({ count: 100 })
  expect([log.first, names()]).toEqual([101, []])
  await log.close()
})

test('removals at the same time remove no more than each of them was to remove', async () => {
  const log = await openLmdb({ segment: { bytes: 50_000 } })
  for (let nth = 0; nth < 6; nth++) await log.durable(await append(log, frames(50, 1000)))
  await Promise.all([log.compact({ count: 200 }), log.compact({ count: 200 }), log.compact({ count: 150 })])
  expect([log.first, seqsOf(await readAll(log, 1))]).toEqual([151, range(151, 300)])
  await log.close()
})

test('a log that closes during a removal is closed when that has ended, and opens again', async () => {
  const log = await openLmdb({ segment: { bytes: 50_000 } })
  for (let nth = 0; nth < 6; nth++) await log.durable(await append(log, frames(50, 1000)))
  let wasDeleted = () => {}
  const deletion = new Promise<void>((resolve) => {
    wasDeleted = resolve
  })
  let began = () => {}
  const beginning = new Promise<void>((resolve) => {
    began = resolve
  })
  vi.mocked(rm).mockImplementation(async (path) => {
    if (!String(path).endsWith('.removed')) return
    began()
    await deletion
  })
  const removal = log.compact({ count: 50 })
  await beginning
  let isClosed = false
  const closing = log.close().then(() => {
    isClosed = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  expect(isClosed).toBe(false)
  wasDeleted()
  await Promise.all([closing, removal])
  vi.mocked(rm).mockReset()
  const again = await openLmdb({ segment: { bytes: 50_000 }, folder: log.folder })
  expect([again.first, seqsOf(await readAll(again, 1))]).toEqual([51, range(51, 300)])
  await again.close()
})
