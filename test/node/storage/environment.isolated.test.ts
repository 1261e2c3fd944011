// Runs on each supported Node.js: LMDB, a native module.
import { closeSync, copyFileSync, openSync, statSync, truncateSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import * as lmdb from 'lmdb'
import { open, type open as openType } from 'lmdb'
import { beforeEach, expect, test, vi } from 'vitest'
import { Environment } from '../../../src/storage/environment.js'
import { isUnwritten } from '../../../src/storage/folder.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

/** How many of the next commits fail. */
const disk = vi.hoisted(() => ({ faults: 0 }))

vi.mock('lmdb', async (original) => {
  const lmdb = await original<{ open: typeof openType }>()
  const open = (options: never) => {
    const root = lmdb.open(options)
    const batch = root.batch.bind(root)
    root.batch = (run) => (disk.faults-- > 0 ? Promise.reject(new Error('EIO')) : batch(run))
    return root
  }
  return { ...lmdb, open }
})

let folder: string

beforeEach(() => {
  disk.faults = 0
  folder = temporaryFolder('environment')
})

const tables = ['test']
const write = (key: number) => ({ table: 'test', key, value: Buffer.from('x') })

test('after a fault, a large file is checked a little in each turn of the event loop before it is opened again', async () => {
  let turns = 0
  const soon = (run: () => void) => {
    turns++
    setImmediate(run)
  }
  const environment = new Environment({ folder, tables, mapSize: 1024 ** 3, turns: { soon } })
  await environment.commit(Array.from({ length: 10_000 }, (_, key) => write(key)))
  expect(turns).toBe(0)
  disk.faults = 1
  await expect(environment.commit([write(10_000)])).rejects.toThrow('EIO')
  expect(turns).toBeGreaterThan(10_000 / 100)
  await environment.commit([write(10_001)])
  expect(environment.table('test').getKeysCount()).toBe(10_001)
  await environment.close()
})

test('a file that was damaged meanwhile is not opened again', async () => {
  const turns = { soon: (run: () => void) => void setImmediate(run) }
  const environment = new Environment({ folder, tables, mapSize: 1024 ** 3, turns })
  await environment.commit(Array.from({ length: 10_000 }, (_, key) => write(key)))
  disk.faults = 1
  const failing = environment.commit([write(10_000)])
  const bytes = statSync(join(folder, 'data.mdb')).size
  await expect(failing).rejects.toThrow('EIO')
  disk.faults = 1
  const next = environment.commit([write(10_001)]).catch((error: Error) => error)
  const file = openSync(join(folder, 'data.mdb'), 'r+')
  writeSync(file, Buffer.alloc(bytes - 8192, 7), 0, bytes - 8192, 8192)
  closeSync(file)
  expect(await next).toMatchObject({ kind: 'failed' })
  await expect(environment.commit([write(10_002)])).rejects.toMatchObject({ kind: 'damaged' })
  await environment.close()
})

/** Leaves a data file as LMDB has it when it has written one page of two. */
async function interrupt(folder: string): Promise<void> {
  const made = temporaryFolder('made')
  await open({ path: made, noSubdir: false }).close()
  truncateSync(join(made, 'data.mdb'), 4096)
  copyFileSync(join(made, 'data.mdb'), join(folder, 'data.mdb'))
}

test('a file of which only the first page was written is new, since nothing was committed to it', async () => {
  await interrupt(folder)
  expect(isUnwritten(folder)).toBe(true)
  const environment = new Environment({ folder, tables, mapSize: 1024 ** 2, deepCheck: true })
  await environment.commit([write(1)])
  await environment.close()
  expect(isUnwritten(folder)).toBe(false)
  const again = new Environment({ folder, tables, mapSize: 1024 ** 2, deepCheck: true })
  expect(again.table('test').getKeysCount()).toBe(1)
  await again.close()
})

test('a file with commits that was cut to its first page is damaged', async () => {
  const environment = new Environment({ folder, tables: ['test', 'other'], mapSize: 1024 ** 2 })
  for (const key of [1, 2]) await environment.commit([write(key)])
  await environment.close()
  truncateSync(join(folder, 'data.mdb'), 4096)
  expect(isUnwritten(folder)).toBe(false)
  expect(() => new Environment({ folder, tables, mapSize: 1024 ** 2 })).toThrow(
    expect.objectContaining({ kind: 'damaged' }),
  )
})

test('a closed environment is not kept by the library that it was opened with', async () => {
  const { allDbs } = lmdb as unknown as { allDbs: Map<string, unknown> }
  const before = allDbs.size
  const environment = new Environment({ folder, tables, mapSize: 1024 ** 2 })
  await environment.commit([write(1)])
  expect(allDbs.size).toBe(before + 2)
  await environment.close()
  expect(allDbs.size).toBe(before)
})
