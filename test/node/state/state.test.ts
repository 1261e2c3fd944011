// Runs on each supported Node.js: LMDB, a native module.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  type DamagedRecord,
  openLmdbState,
  openMemoryState,
  type StateStore,
} from '../../../src/state/index.js'
import { Environment } from '../../../src/storage/environment.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { stateStoreConformance } from '../../state/conformance/index.js'
import { keysOf, read, text } from '../../state/conformance/tools.js'

/** A runtime whose clock moves only when told to, while the event loop runs normally. */
const runtime: FakeRuntime = Object.assign(new FakeRuntime(), {
  soon: (run: () => void) => void setImmediate(run),
})

const stateFolder = () => join(temporaryFolder('state'), 'state')

const folders = new WeakMap<StateStore, string>()

async function openIn(folder: string): Promise<StateStore> {
  const store = await openLmdbState({ runtime, folder })
  folders.set(store, folder)
  return store
}

async function readRaw(folder: string, key: string): Promise<Buffer> {
  const environment = new Environment({ folder, tables: ['jobs'], mapSize: 1024 ** 2 })
  const bytes = Buffer.from(environment.table('jobs').get(key)!)
  await environment.close()
  return bytes
}

/** Stores the bytes of an entry of the bucket `jobs`, of which there is no copy, as they are. */
async function writeRaw(folder: string, key: string, value: Uint8Array): Promise<void> {
  const environment = new Environment({ folder, tables: ['jobs'], mapSize: 1024 ** 2 })
  await environment.commit([{ table: 'jobs', key, value }])
  await environment.close()
}

async function setFormat(folder: string, format: string): Promise<void> {
  const environment = new Environment({ folder, tables: ['about'], mapSize: 1024 ** 2 })
  await environment.commit([{ table: 'about', key: 'format', value: Buffer.from(format) }])
  await environment.close()
}

describe('the memory state store', () => {
  stateStoreConformance({
    open: async () => openMemoryState({ runtime }),
    pass: (ms) => runtime.pass(ms),
  })
})

describe('the LMDB state store', () => {
  stateStoreConformance({
    open: () => openIn(stateFolder()),
    reopen: async (store) => {
      await store.close()
      return openIn(folders.get(store)!)
    },
    pass: (ms) => runtime.pass(ms),
  })

  test('values that were put just before the store is closed are kept', async () => {
    const folder = stateFolder()
    const store = await openIn(folder)
    const puts = Array.from({ length: 100 }, (_, at) => store.bucket('jobs').put(`${at}`, Buffer.from('x')))
    await store.close()
    await Promise.all(puts)
    const again = await openIn(folder)
    expect((await again.bucket('jobs').get('99'))?.revision).toBe(100)
    await again.close()
  })

  test('a store of a newer format is refused with a specific error, and not changed', async () => {
    const folder = stateFolder()
    const store = await openIn(folder)
    await store.bucket('jobs').put('a', Buffer.from('x'))
    await store.close()
    await setFormat(folder, '3')
    await expect(openIn(folder)).rejects.toMatchObject({
      code: 'TCN_STATE_NEWER',
      message: expect.stringContaining('has format 3; this version supports 2'),
    })
    await setFormat(folder, '1')
    const again = await openIn(folder)
    expect((await again.bucket('jobs').get('a'))?.revision).toBe(1)
    await again.close()
  })

  test('entries of the first format, which have no checksum, are read', async () => {
    const folder = stateFolder()
    await (await openIn(folder)).close()
    await setFormat(folder, '1')
    const bytes = Buffer.alloc(20)
    bytes.writeUInt32LE(7, 0)
    bytes.write('text', 16)
    await writeRaw(folder, 'old', bytes)
    const store = await openIn(folder)
    expect(await read(store.bucket('jobs'), 'old')).toEqual(['text', 7])
    await store.bucket('jobs').put('old', text('new'))
    expect((await read(store.bucket('jobs'), 'old'))?.[0]).toBe('new')
    await store.close()
  })

  test('a flipped bit in any byte of an entry is found, named once, and keeps no other entry from being read', async () => {
    const folder = stateFolder()
    const store = await openIn(folder)
    for (const key of ['a', 'b', 'c']) await store.bucket('jobs').put(key, text('value'))
    await store.close()
    const sound = await readRaw(folder, 'b')
    const records: DamagedRecord[] = []
    for (let at = 0; at < sound.length; at++) {
      const flipped = Buffer.from(sound)
      flipped[at] ^= 1 << (at & 7)
      await writeRaw(folder, 'b', flipped)
      const again = await openLmdbState({ runtime, folder, damaged: (record) => records.push(record) })
      const bucket = again.bucket('jobs')
      expect([await keysOf(bucket), await keysOf(bucket)]).toEqual([
        ['a', 'c'],
        ['a', 'c'],
      ])
      await expect(bucket.get('b')).rejects.toMatchObject({ code: 'TCN_STATE_CORRUPT' })
      expect(records.splice(0)).toMatchObject([{ bucket: 'jobs', key: 'b', file: join(folder, 'data.mdb') }])
      expect([...bucket.damaged.keys()]).toEqual(['b'])
      await again.close()
    }
  })

  test('a damaged entry can be written anew and deleted', async () => {
    const folder = stateFolder()
    await (await openIn(folder)).close()
    await writeRaw(folder, 'a', Buffer.alloc(3))
    await writeRaw(folder, 'b', Buffer.alloc(3))
    const store = await openIn(folder)
    const bucket = store.bucket('jobs')
    expect(await keysOf(bucket)).toEqual([])
    await bucket.put('a', text('new'))
    await bucket.delete('b')
    expect(await read(bucket, 'a')).toEqual(['new', 1])
    expect(await bucket.get('b')).toBeUndefined()
    expect(bucket.damaged.size).toBe(0)
    await store.close()
  })

  test('a store is new until something is stored', async () => {
    const folder = stateFolder()
    const isNew = []
    for (let nth = 0; nth < 2; nth++) {
      const store = await openIn(folder)
      isNew.push(store.isNew)
      await store.close()
    }
    expect(isNew).toEqual([true, false])
  })

  test('a folder that cannot be created is reported with a specific error', async () => {
    const file = join(temporaryFolder('state'), 'file')
    writeFileSync(file, '')
    await expect(openIn(join(file, 'state'))).rejects.toMatchObject({ code: 'TCN_STATE_WRITE' })
  })
})
