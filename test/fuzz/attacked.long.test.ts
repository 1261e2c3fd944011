import { expect, test } from 'vitest'
import { repeats } from '../helpers/repeats.js'
import { namesOfListeners } from './listeners/listeners.js'
import { fuzzListeners } from './listeners/run.js'

const seconds = repeats(8, 1800)
const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31))

test(`a hub whose listeners are all attacked with random input serves everybody else, and keeps nothing (FUZZ_SEED=${seed})`, {
  timeout: seconds * 1000 + 180_000,
}, async () => {
  const result = await fuzzListeners({ seconds, seed, firstPort: 23300 })
  expect(result.findings).toEqual([])
  expect(Object.keys(result.inputs).sort()).toEqual(namesOfListeners().sort())
  expect(Object.values(result.inputs).every((count) => count > 0)).toBe(true)
  expect(result.served).toBeGreaterThan(14)
  expect(result.sockets.after).toBeLessThanOrEqual(result.sockets.before)
})
