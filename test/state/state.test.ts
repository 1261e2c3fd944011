import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openLmdbState, openMemoryState, type StateStore } from '../../src/state/index.js'
import { Environment } from '../../src/storage/environment.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { stateStoreConformance } from './conformance/index.js'

/** A runtime whose clock moves only when told to, while the event loop runs normally. */
const runtime: FakeRuntime = Object.assign(new FakeRuntime(), {
  soon: (run: () => void) => void setImmediate(run),
})

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-state-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const folders = new WeakMap<StateStore, string>()

async function openIn(folder: string): Promise<StateStore> {
  const store = await openLmdbState({ runtime, folder })
  folders.set(store, folder)
  return store
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
    open: () => openIn(temporaryFolder()),
    reopen: async (store) => {
      await store.close()
      return openIn(folders.get(store)!)
    },
    pass: (ms) => runtime.pass(ms),
  })

  test('values that were put just before the store is closed are kept', async () => {
    const folder = temporaryFolder()
    const store = await openIn(folder)
    const puts = Array.from({ length: 100 }, (_, at) => store.bucket('meta').put(`${at}`, Buffer.from('x')))
    await store.close()
    await Promise.all(puts)
    const again = await openIn(folder)
    expect((await again.bucket('meta').get('99'))?.revision).toBe(100)
    await again.close()
  })

  test('a store of a newer format is refused with a specific error, and not changed', async () => {
    const folder = temporaryFolder()
    const store = await openIn(folder)
    await store.bucket('meta').put('a', Buffer.from('x'))
    await store.close()
    await setFormat(folder, '2')
    await expect(openIn(folder)).rejects.toMatchObject({
      code: 'TCN_STATE_NEWER',
      message: expect.stringContaining('has format 2; this version supports 1'),
    })
    await setFormat(folder, '1')
    const again = await openIn(folder)
    expect((await again.bucket('meta').get('a'))?.revision).toBe(1)
    await again.close()
  })

  test('a folder that cannot be created is reported with a specific error', async () => {
    const file = join(temporaryFolder(), 'file')
    writeFileSync(file, '')
    await expect(openIn(join(file, 'state'))).rejects.toMatchObject({ code: 'TCN_STATE_WRITE' })
  })
})
