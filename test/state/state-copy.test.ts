import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { openLmdbState } from '../../src/state/index.js'
import { copyPath, readStateCopy } from '../../src/state/state-copy.js'
import { clockByHand } from '../helpers/fake-runtime.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

function open() {
  const folder = join(temporaryFolder('state'), 'state')
  const runtime = clockByHand()
  const names = (bucket: 'principals' | 'consumers') => Object.keys(readStateCopy(folder)?.[bucket] ?? {})
  return { folder, runtime, names, state: () => openLmdbState({ runtime, folder }) }
}

const value = Buffer.from('value')

test('positions are copied at once, and then at most once in five seconds', async () => {
  const { runtime, names, state } = open()
  const store = await state()
  const consumers = store.bucket('consumers')
  await consumers.put('a', value)
  await vi.waitFor(() => expect(names('consumers')).toEqual(['a']))
  await consumers.put('b', value)
  await consumers.put('c', value)
  runtime.advance(4900)
  await new Promise((resolve) => setImmediate(resolve))
  expect(names('consumers')).toEqual(['a'])
  runtime.advance(200)
  await vi.waitFor(() => expect(names('consumers')).toEqual(['a', 'b', 'c']))
  await store.close()
})

test('a token that is revoked leaves the copy at once', async () => {
  const { names, state } = open()
  const store = await state()
  const principals = store.bucket('principals')
  await principals.put('token/ci', value)
  await principals.put('token/old', value)
  await principals.delete('token/old')
  await vi.waitFor(() => expect(names('principals')).toEqual(['token/ci']))
  await store.close()
})

test('the copy is complete when the store is closed, and only its user can read it', async () => {
  const { folder, names, state } = open()
  const store = await state()
  for (const name of ['a', 'b', '__proto__']) await store.bucket('consumers').put(name, value)
  await store.close()
  expect(names('consumers').sort()).toEqual(['__proto__', 'a', 'b'])
  expect(statSync(copyPath(folder)).mode & 0o777).toBe(0o600)
})

test('entries that were deleted do not come back, and new revisions follow those of the copy', async () => {
  const { folder, state } = open()
  let store = await state()
  await store.bucket('consumers').put('a', value)
  const revision = await store.bucket('consumers').put('a', value)
  await store.close()
  rmSync(folder, { recursive: true })
  store = await state()
  expect(await store.bucket('consumers').get('a')).toMatchObject({ revision })
  expect(await store.bucket('consumers').put('b', value)).toBeGreaterThan(revision)
  await store.bucket('consumers').delete('a')
  await store.close()
  store = await state()
  expect(await store.bucket('consumers').get('a')).toBeUndefined()
  await store.close()
})
