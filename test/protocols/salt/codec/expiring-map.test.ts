import { expect, it } from 'vitest'
import { ExpiringMap } from '../../../../src/protocols/salt/codec/expiring-map.js'
import { FakeRuntime } from '../../../helpers/fake-runtime.js'

it('keeps keys for the window, and removes them within twice its length', async () => {
  const runtime = new FakeRuntime()
  const keys = new ExpiringMap<number>(runtime, 1000, 100)
  keys.set('a', 1)
  await runtime.pass(999)
  expect(keys.get('a')).toBe(1)
  keys.set('b', 2)
  await runtime.pass(900)
  expect([keys.get('a'), keys.get('b')]).toEqual([1, 2])
  await runtime.pass(1100)
  expect(keys.get('a')).toBeUndefined()
  await runtime.pass(5000)
  expect(keys.get('b')).toBeUndefined()
  expect(keys.size).toBe(0)
})

it('keeps no more entries than its limit, and the latest of them', () => {
  const keys = new ExpiringMap<number>(new FakeRuntime(), 1000, 100)
  for (let n = 0; n < 10_000; n++) keys.set(`${n}`, n)
  expect(keys.size).toBeLessThanOrEqual(100)
  for (let n = 9_950; n < 10_000; n++) expect(keys.get(`${n}`)).toBe(n)
})
