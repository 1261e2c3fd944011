import { expect, test } from 'vitest'
import { StoredAnswers } from '../../../src/faces/http/publish/idempotency.js'
import { openMemoryState } from '../../../src/state/index.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'

const bucket = () => openMemoryState({ runtime: new FakeRuntime() }).bucket('requests')
const bytes = (size: number) => new Uint8Array(size)
const all = async (from: ReturnType<typeof bucket>) => {
  const keys: string[] = []
  for await (const { key } of from.list()) keys.push(key)
  return keys
}

test('the number of answers kept for a principal is limited: its own oldest ones are deleted', async () => {
  const store = bucket()
  const answers = new StoredAnswers(store, { answers: 2, bytes: 1000 })
  await answers.put('other/1', bytes(10))
  for (const n of [1, 2, 3]) await answers.put(`me/${n}`, bytes(10))
  await answers.put('me/2', bytes(20))
  await answers.put('me/4', bytes(10))
  expect(await all(store)).toEqual(['me/2', 'me/4', 'other/1'])
  expect(await answers.get('me/2')).toHaveLength(20)
  expect(await answers.get('me/1')).toBeUndefined()
})

test('the size of the answers kept for a principal is limited', async () => {
  const store = bucket()
  const answers = new StoredAnswers(store, { answers: 100, bytes: 1000 })
  for (let n = 1; n <= 5; n++) await answers.put(`me/${n}`, bytes(400))
  expect(await all(store)).toEqual(['me/4', 'me/5'])
})

test('answers kept before a restart count, in the order in which they were kept', async () => {
  const store = bucket()
  const before = new StoredAnswers(store)
  for (const n of [3, 1, 2]) await before.put(`me/${n}`, bytes(10))
  const after = new StoredAnswers(store, { answers: 3, bytes: 1000 })
  await after.put('me/4', bytes(10))
  expect(await all(store)).toEqual(['me/1', 'me/2', 'me/4'])
})
