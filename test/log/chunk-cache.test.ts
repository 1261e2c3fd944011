import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import type { FrameRange } from '../../src/log/frame-range.js'
import { ChunkCache } from '../../src/log/lmdb/chunk-cache.js'

const MIB = 1024 * 1024

function chunk(firstSeq: number, length: number): FrameRange {
  const bytes = Buffer.alloc(length, firstSeq)
  return { bytes, start: 0, end: length, count: 1, firstSeq, lastSeq: firstSeq }
}

test('a long chunk is shared by all that read it, and pushes no other out', () => {
  const cache = new ChunkCache()
  cache.put(chunk(1, MIB / 4))
  const long = chunk(2, 16 * MIB)
  cache.put(long)
  const again = cache.get(2)!
  expect(again.bytes.buffer).toBe(long.bytes.buffer)
  expect(again).toMatchObject({ start: 0, end: 16 * MIB, count: 1, firstSeq: 2, lastSeq: 2 })
  expect(cache.get(1)).toBeDefined()
})

test('a long chunk that nobody uses any more is not kept', async () => {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  const cache = new ChunkCache()
  for (let seq = 1; seq <= 4; seq++) cache.put(chunk(seq, 2 * MIB))
  const used = cache.get(4)
  // What a WeakRef has returned stays until the turn is over.
  await new Promise((resolve) => setImmediate(resolve))
  gc()
  expect([1, 2, 3].map((seq) => cache.get(seq))).toEqual([undefined, undefined, undefined])
  expect(cache.get(4)?.bytes.buffer).toBe(used!.bytes.buffer)
})

test('chunks that were written again or removed are not found, long or short', () => {
  const cache = new ChunkCache()
  for (let seq = 1; seq <= 4; seq++) cache.put(chunk(seq, seq % 2 === 0 ? 2 * MIB : 1000))
  cache.delete(4)
  cache.deleteBefore(3)
  expect([1, 2, 3, 4].map((seq) => cache.get(seq)?.firstSeq)).toEqual([undefined, undefined, 3, undefined])
})
