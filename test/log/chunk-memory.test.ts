import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FrameRange } from '../../src/log/frame-range.js'
import type { FrameBatch } from '../../src/log/index.js'
import { ChunkCache } from '../../src/log/lmdb/chunk-cache.js'
import { ChunkMemory } from '../../src/log/lmdb/chunk-memory.js'
import type { SummaryHeader } from '../../src/log/lmdb/summary-codec.js'
import { append, frames, unpack } from './conformance/tools.js'
import { openLmdb } from './lmdb-folder.js'

const KIB = 1024

const chunk = (firstSeq: number, bytes: number) =>
  ({ firstSeq, lastSeq: firstSeq, bytes, count: 1 }) as SummaryHeader

const fill = ({ firstSeq }: SummaryHeader, target: Uint8Array) => target.fill(firstSeq) !== undefined

/** Reads chunks like a segment, of which each byte is the number of the chunk. */
class Chunks {
  readonly memory = new ChunkMemory()
  readonly cache = new ChunkCache()
  readonly buffers = new Set<ArrayBufferLike>()

  load(firstSeq: number, bytes: number): FrameRange {
    const known = this.cache.get(firstSeq)
    if (known !== undefined) return known
    const run = this.memory.read([chunk(firstSeq, bytes)], fill)!
    this.buffers.add(run.bytes.buffer)
    this.cache.put(run)
    return run
  }
}

const isIntact = ({ bytes, end, firstSeq }: FrameRange) =>
  Buffer.alloc(end, firstSeq).equals(bytes.subarray(0, end))

test('memory that a reader or the cache uses is never overwritten, in whatever order it is released', () => {
  const load = fc.record({
    seq: fc.integer({ min: 1, max: 40 }),
    bytes: fc.integer({ min: 130 * KIB, max: 256 * KIB }),
  })
  const step = fc.oneof(
    { weight: 6, arbitrary: load.map((value) => ({ load: value })) },
    { weight: 5, arbitrary: fc.nat(100).map((value) => ({ release: value })) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 40 }).map((value) => ({ removeUpTo: value })) },
  )
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 80 }), (steps) => {
      const chunks = new Chunks()
      const held: FrameRange[] = []
      for (const each of steps) {
        if ('load' in each) held.push(chunks.load(each.load.seq, each.load.bytes))
        else if ('removeUpTo' in each) chunks.cache.deleteBefore(each.removeUpTo)
        else for (const { memory } of held.splice(each.release % (held.length + 1), 1)) memory!.release()
        for (const run of held) if (!isIntact(run)) return false
      }
      for (let seq = 1; seq <= 40; seq++) {
        const kept = chunks.cache.get(seq)
        if (kept !== undefined && !isIntact(kept)) return false
      }
      return true
    }),
    { numRuns: 30 },
  )
})

test('a reader that releases what it has read needs no new memory, however much it reads', () => {
  const chunks = new Chunks()
  for (let seq = 1; seq <= 200; seq++) chunks.load(seq, 250 * KIB).memory!.release()
  // As many as the cache keeps, and the one that was read.
  expect(chunks.buffers.size).toBeLessThanOrEqual(17)
})

test('memory that is never released is not used again', () => {
  const chunks = new Chunks()
  const runs = Array.from({ length: 50 }, (_, nth) => chunks.load(nth + 1, 250 * KIB))
  expect(chunks.buffers.size).toBe(50)
  expect(runs.every(isIntact)).toBe(true)
})

test('memory cannot be released more often than it is used', () => {
  const memory = new ChunkMemory().take(200 * KIB)!
  memory.use()
  memory.release()
  memory.release()
  expect(() => memory.release()).toThrow(RangeError)
  expect(() => memory.use()).toThrow(RangeError)
})

test('a chunk that would leave most of the memory unused, or does not fit, has memory of its own', () => {
  const memory = new ChunkMemory()
  expect(memory.take(127 * KIB)).toBeUndefined()
  expect(memory.take(257 * KIB)).toBeUndefined()
  expect(memory.read([chunk(1, 20 * KIB)], fill)).toBeUndefined()
  const several = memory.read([chunk(1, 60 * KIB), chunk(2, 60 * KIB)], fill)!
  expect(several).toMatchObject({ end: 120 * KIB, count: 2, firstSeq: 1, lastSeq: 2, memory: undefined })
})

test('adjacent chunks are read up to the first that is not sound, whose memory is used again', () => {
  const memory = new ChunkMemory()
  const chunks = [1, 2, 3].map((seq) => chunk(seq, 60 * KIB))
  const soundUpTo = (last: number) => (part: SummaryHeader, target: Uint8Array) =>
    part.firstSeq <= last && fill(part, target)
  const two = memory.read(chunks, soundUpTo(2))!
  expect(two).toMatchObject({ end: 120 * KIB, count: 2, firstSeq: 1, lastSeq: 2 })
  two.memory!.release()
  expect(memory.read(chunks, soundUpTo(0))).toBeUndefined()
  expect(memory.take(200 * KIB)!.bytes).toBe(two.bytes)
})

test('readers at different places who release batches at different times read what was stored', async () => {
  const log = await openLmdb({ ringBytes: 1, slabBytes: 1024 * KIB })
  const stored = new Map<number, Buffer>()
  log.onStored((batch) => {
    for (const { seq, frame } of unpack(batch)) stored.set(seq, Buffer.from(frame))
  })
  for (let nth = 0; nth < 40; nth++) {
    await append(log, frames(100, 2500, `round/${nth}`))
    await log.durable(log.last)
  }
  const memories = new Set<ArrayBufferLike>()
  const isAsStored = (batch: FrameBatch) =>
    unpack(batch).every(({ seq, frame }) => stored.get(seq)!.equals(frame))
  const readers = [1, 1, 700, 2500].map((from) => log.read(from, {})[Symbol.asyncIterator]())
  const held: FrameBatch[] = []
  let count = 0
  for (let turn = 0; readers.length > 0; turn++) {
    const at = (turn * 7) % readers.length
    const { done, value } = await readers[at].next()
    if (done) readers.splice(at, 1)
    else {
      count += value.count
      memories.add(value.bytes.buffer)
      held.push(value)
    }
    // Neither in the order in which they were read, nor at once.
    if (held.length > turn % 9) held.splice((turn * 5) % held.length, 1)[0].release?.()
    expect(held.every(isAsStored)).toBe(true)
  }
  expect(count).toBe(4000 + 4000 + 3301 + 1501)
  expect(memories.size).toBeLessThan(40)
  await log.close()
})
