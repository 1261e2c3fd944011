import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import type { CompactionReport } from '../../src/log/event-log.js'
import { LogMeta } from '../../src/log/lmdb/log-meta.js'
import { MetaCopy } from '../../src/log/lmdb/meta-copy.js'
import { Environment } from '../../src/storage/environment.js'
import { realRuntime } from '../helpers/real-runtime.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { append, frames, range, readAll, seqsOf } from './conformance/tools.js'
import { openLmdb } from './lmdb-folder.js'

async function putRecord(meta: string, key: string, value: string): Promise<void> {
  const environment = new Environment({ folder: meta, tables: ['log'], mapSize: 1024 ** 2 })
  await environment.commit([{ table: 'log', key, value: Buffer.from(value) }])
  await environment.close()
}

const damages: Record<string, (meta: string) => unknown> = {
  'cut within the first page': (meta) => truncateSync(join(meta, 'data.mdb'), 100),
  'cut after two pages': (meta) => truncateSync(join(meta, 'data.mdb'), 8192),
  emptied: (meta) => truncateSync(join(meta, 'data.mdb'), 0),
  'removed with its folder': (meta) => rmSync(meta, { recursive: true }),
  'filled with zeros': (meta) => {
    const file = join(meta, 'data.mdb')
    writeFileSync(file, Buffer.alloc(readFileSync(file).length))
  },
  'without sense in a record': (meta) => putRecord(meta, 'epoch', '"abc'),
  'changed in the epoch': (meta) => putRecord(meta, 'epoch', '"aaaaaaaaaaaaa"'),
  'changed in the reserved numbers': (meta) => putRecord(meta, 'reserved', '2'),
  'changed in the format': (meta) => putRecord(meta, 'format', '9'),
  'changed in the stored number': (meta) => putRecord(meta, 'stored', '1'),
}

/** Stores three events. */
async function threeEvents(): Promise<{ folder: string; meta: string; epoch: string }> {
  const folder = temporaryFolder('log')
  const log = await openLmdb({ folder })
  await append(log, frames(3))
  await log.close()
  return { folder, meta: join(folder, 'meta'), epoch: log.epoch }
}

function asideIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.startsWith('meta.damaged-'))
}

test.each(Object.keys(damages))(
  'a meta file that is %s is put aside and made anew from its copy, with the same epoch and numbers',
  async (damage) => {
    const { folder, meta, epoch } = await threeEvents()
    await damages[damage](meta)
    const again = await openLmdb({ folder })
    expect(again.epoch).toBe(epoch)
    expect(again.findings).toEqual([expect.stringContaining(`${join(meta, 'data.mdb')} cannot be read: `)])
    expect(again.lost).toEqual([])
    expect(await append(again, frames(1))).toBe(4)
    expect(seqsOf(await readAll(again, 1))).toEqual(range(1, 4))
    await again.close()
    expect(asideIn(folder)).toHaveLength(damage.startsWith('removed') ? 0 : 1)
    const third = await openLmdb({ folder })
    expect(third.findings).toEqual([])
    await third.close()
  },
)

test('after an unclean stop, numbers that the copy may not know are not used again, and are told as lost', async () => {
  const { folder, meta, epoch } = await threeEvents()
  const copy = readFileSync(`${meta}.copy`)
  const log = await openLmdb({ folder })
  const running = readFileSync(`${meta}.copy`)
  expect(running).not.toEqual(copy)
  await append(log, frames(3))
  await log.close()
  writeFileSync(`${meta}.copy`, running)
  truncateSync(join(meta, 'data.mdb'), 100)
  const again = await openLmdb({ folder })
  expect(again.epoch).toBe(epoch)
  const next = (await append(again, frames(1))) as number
  expect(next).toBeGreaterThan(2_000_000)
  expect(again.lost.at(-1)).toMatchObject({ from: 7, to: next - 1 })
  await again.close()
})

test('without a copy, a damaged meta file begins a new epoch, and says so', async () => {
  const { folder, meta, epoch } = await threeEvents()
  rmSync(`${meta}.copy`)
  truncateSync(join(meta, 'data.mdb'), 100)
  const again = await openLmdb({ folder })
  expect(again.epoch).not.toBe(epoch)
  expect(again.findings).toEqual([expect.stringContaining('with another epoch')])
  expect(seqsOf(await readAll(again, 1))).toEqual([1, 2, 3])
  await again.close()
})

test('without a meta file and its copy, the log begins a new epoch, and says so', async () => {
  const { folder, meta } = await threeEvents()
  rmSync(`${meta}.copy`)
  rmSync(meta, { recursive: true })
  const again = await openLmdb({ folder })
  expect(again.findings).toEqual([expect.stringContaining('begins a new epoch')])
  expect(await append(again, frames(1))).toBe(4)
  await again.close()
})

test('a damaged copy is replaced without a word', async () => {
  const { folder, meta, epoch } = await threeEvents()
  writeFileSync(`${meta}.copy`, '{"epoch":"abc"}\n00000000\n')
  const again = await openLmdb({ folder })
  expect([again.epoch, again.findings]).toEqual([epoch, []])
  await again.close()
  expect(readFileSync(`${meta}.copy`, 'utf8')).toContain(epoch)
})

test('a format that the copy has too is that of a newer version, and is refused', async () => {
  const { folder, meta } = await threeEvents()
  await putRecord(meta, 'format', '9')
  const copy = new MetaCopy(`${meta}.copy`)
  copy.writeNow(new Map([...copy.read()!, ['format', 9]]))
  await expect(openLmdb({ folder })).rejects.toMatchObject({ code: 'TCN_LOG_NEWER' })
  expect(asideIn(folder)).toEqual([])
})

test('a record that could not be stored at first is stored with the next one, and fits its copy', async () => {
  const { folder, meta } = await threeEvents()
  const open = () => LogMeta.open({ folder: meta, runtime: realRuntime, restored: false })
  const first = open()
  first.begin({ lastStored: 3, gone: [], isDamaged: false })
  first.compacted(report(1), 1, 1)
  await first.close(3)
  const second = open()
  second.begin({ lastStored: 3, gone: [], isDamaged: false })
  const commit = vi.spyOn(Environment.prototype, 'commit').mockRejectedValueOnce(new Error('no room'))
  second.compacted(report(2), 2, 1)
  await new Promise((resolve) => setImmediate(resolve))
  commit.mockRestore()
  await second.close(3)
  const log = await openLmdb({ folder })
  expect(log.findings).toEqual([])
  await log.close()
})

function report(start: number): CompactionReport {
  const sizes = { bytesBefore: 0, bytesAfter: 0, bytesAfterLast: 0, duration: 0, transactions: 0 }
  return { file: '', cause: 'manual', start, ...sizes, removed: undefined }
}
