import { readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Environment } from '../../src/storage/environment.js'
import { append, frames, range, readAll, seqsOf } from './conformance/tools.js'
import { openLmdb, temporaryFolder } from './lmdb-folder.js'

async function putEpoch(meta: string, value: string): Promise<void> {
  const environment = new Environment({ folder: meta, tables: ['log'], mapSize: 1024 ** 2 })
  await environment.commit([{ table: 'log', key: 'epoch', value: Buffer.from(value) }])
  await environment.close()
}

const damages: Record<string, (meta: string) => unknown> = {
  'cut within the first page': (meta) => truncateSync(join(meta, 'data.mdb'), 100),
  'cut after two pages': (meta) => truncateSync(join(meta, 'data.mdb'), 8192),
  'filled with zeros': (meta) => {
    const file = join(meta, 'data.mdb')
    writeFileSync(file, Buffer.alloc(readFileSync(file).length))
  },
  'changed in a record': (meta) => putEpoch(meta, '"abc'),
}

test.each(Object.keys(damages))('a meta file that is %s is named, and the way out works', async (damage) => {
  const folder = temporaryFolder()
  const log = await openLmdb({ folder })
  await append(log, frames(3))
  await log.close()
  const meta = join(folder, 'meta')
  await damages[damage](meta)
  const file = join(meta, 'data.mdb')
  await expect(openLmdb({ folder })).rejects.toMatchObject({
    code: 'TCN_LOG_META',
    message: expect.stringMatching(new RegExp(`^${file} cannot be read: .`)),
    details: { file },
  })
  renameSync(meta, join(folder, 'damaged'))
  const again = await openLmdb({ folder })
  expect(again.epoch).not.toBe(log.epoch)
  expect(await append(again, frames(1))).toBe(4)
  expect(seqsOf(await readAll(again, 1))).toEqual(range(1, 4))
  await again.close()
})
