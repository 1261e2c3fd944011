import { expect, test } from 'vitest'
import { namesOfListeners } from '../fuzz/listeners/listeners.js'
import { fuzzListeners } from '../fuzz/listeners/run.js'

const SECONDS = 8

test('a hub whose listeners are all attacked with random input serves everybody else, and keeps nothing', {
  timeout: 180_000,
}, async () => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  console.log(`seed ${seed}`)
  const result = await fuzzListeners({ seconds: SECONDS, seed, firstPort: 23300 })
  expect(result.findings).toEqual([])
  expect(Object.keys(result.inputs).sort()).toEqual(namesOfListeners().sort())
  expect(Object.values(result.inputs).every((count) => count > 0)).toBe(true)
  expect(result.served).toBeGreaterThan(14)
  expect(result.sockets.after).toBeLessThanOrEqual(result.sockets.before)
})
