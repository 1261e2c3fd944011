import { readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { append, frames, range, readAll, seqsOf } from './conformance/tools.js'
import { openLmdb } from './lmdb-folder.js'

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
