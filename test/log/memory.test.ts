import { describe, expect, test } from 'vitest'
import { openMemoryLog } from '../../src/log/index.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { realRuntime } from '../helpers/real-runtime.js'
import { eventLogConformance } from './conformance/index.js'
import { append, frames, readAll, seqsOf } from './conformance/tools.js'

describe('the memory log', () => {
  eventLogConformance({
    open: async () => openMemoryLog({ runtime: realRuntime, slabBytes: 256 * 1024 }),
  })

  test('the oldest events are dropped when its memory is used up', async () => {
    const log = openMemoryLog({ runtime: realRuntime, slabBytes: 64 * 1024, maxBytes: 256 * 1024 })
    for (let nth = 0; nth < 100; nth++) await append(log, frames(10, 1000))
    expect(log.first).toBeGreaterThan(700)
    expect(log.stats.bytes).toBeLessThanOrEqual(256 * 1024)
    const seqs = seqsOf(await readAll(log, 1))
    expect([seqs[0], seqs.at(-1), seqs.length]).toEqual([log.first, 1000, 1000 - log.first + 1])
  })

  test('a read whose events were dropped ends, and a later read starts with the oldest event', async () => {
    const log = openMemoryLog({ runtime: realRuntime, slabBytes: 64 * 1024, maxBytes: 128 * 1024 })
    await append(log, frames(50, 1000))
    const read = log.read(1, { events: 1000 })[Symbol.asyncIterator]()
    for (let nth = 0; nth < 20; nth++) await append(log, frames(50, 1000))
    expect((await read.next()).value).toBeUndefined()
    const late = log.read(1, {})[Symbol.asyncIterator]()
    expect((await late.next()).value?.firstSeq).toBe(log.first)
  })

  test('age retention uses the time of events', async () => {
    const runtime = new FakeRuntime()
    const log = openMemoryLog({ runtime, slabBytes: 16 * 1024 })
    for (let hour = 0; hour < 10; hour++) {
      await append(log, frames(20, 1000))
      runtime.advance(3600_000)
    }
    await log.compact({ age: 5 * 3600e6 })
    const kept = await readAll(log, 1)
    expect(kept.length).toBeLessThan(200)
    expect(kept.filter(({ time }) => time >= runtime.now() - 5 * 3600e6).length).toBe(5 * 20)
  })

  test('event times stay in order when the clock jumps back', async () => {
    const runtime = new FakeRuntime()
    const log = openMemoryLog({ runtime })
    await append(log, frames(1))
    const before = runtime.now()
    runtime.setClock(before - 3600e6)
    await append(log, frames(1))
    expect((await readAll(log, 1)).map(({ time }) => time)).toEqual([before, before])
  })
})
