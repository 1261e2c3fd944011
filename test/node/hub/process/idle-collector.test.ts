// Runs on each supported Node.js: the collector of garbage, and open files.
import { constants, PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics } from 'node:v8'
import { describe, expect, it } from 'vitest'
import { nodeRuntime } from '../../../../src/hub/node-runtime.js'
import { collectorOf, IdleCollector, type MemoryUse } from '../../../../src/hub/process/idle-collector.js'
import { FakeRuntime } from '../../../helpers/fake-runtime.js'

const MiB = 1024 * 1024

interface Collection {
  kind?: unknown
  flags?: unknown
}

function detailOf(entry: object): Collection {
  return 'detail' in entry && typeof entry.detail === 'object' && entry.detail !== null ? entry.detail : {}
}

function youngBytes(): number {
  return (
    getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.physical_space_size ?? 0
  )
}

/** The first collection of the whole memory that begins from now on. */
function firstWholeCollection(): { promise: Promise<Collection>; observer: PerformanceObserver } {
  const since = performance.now()
  let found = (_: Collection) => {}
  const promise = new Promise<Collection>((resolve) => {
    found = resolve
  })
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const detail = detailOf(entry)
      if (entry.startTime >= since && detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) found(detail)
    }
  })
  observer.observe({ entryTypes: ['gc'] })
  return { promise, observer }
}

function setUp(memory: MemoryUse = 'fast') {
  const runtime = new FakeRuntime()
  const state = { used: 0, collections: 0, inCalm: 0 }
  const collector = new IdleCollector(
    runtime,
    () => state.used,
    memory,
    (inCalm) => {
      state.collections++
      if (inCalm) state.inCalm++
    },
  )
  collector.start()
  return { runtime, state, collector }
}

describe('the collection of a hub that has become idle', () => {
  it('runs once after a burst, and once more in the calm after it', () => {
    const { runtime, state } = setUp()
    for (let second = 0; second < 5; second++) {
      state.used += 20 * MiB
      runtime.advance(1000)
    }
    expect(state.collections).toBe(0)
    runtime.advance(1000)
    expect(state).toMatchObject({ collections: 1, inCalm: 0 })
    runtime.advance(700_000)
    expect(state).toMatchObject({ collections: 2, inCalm: 1 })
  })

  it('runs once in the first calm after the start', () => {
    const { runtime, state } = setUp()
    runtime.advance(9_000)
    expect(state.collections).toBe(0)
    runtime.advance(60_000)
    expect(state).toMatchObject({ collections: 1, inCalm: 1 })
  })

  it('leaves little garbage where it is until there is calm', () => {
    const { runtime, state } = setUp()
    runtime.advance(700_000)
    for (let second = 0; second < 10; second++) {
      state.used += 0.2 * MiB
      runtime.advance(1000)
    }
    expect(state.collections).toBe(1)
    runtime.advance(60_000)
    expect(state).toMatchObject({ collections: 2, inCalm: 2 })
    state.used += 0.2 * MiB
    runtime.advance(700_000)
    expect(state.collections).toBe(2)
  })

  it('collects little in calm at most every ten minutes', () => {
    const { runtime, state } = setUp()
    for (let second = 0; second < 1190; second++) {
      state.used += 10 * 1024
      runtime.advance(1000)
    }
    expect(state).toMatchObject({ collections: 2, inCalm: 2 })
  })

  it('runs a few times after the start, and then for little garbage, if memory is to stay small', () => {
    const { runtime, state } = setUp('small')
    runtime.advance(60_000)
    expect(state.collections).toBe(8)
    state.used += 3 * MiB
    runtime.advance(1000)
    expect(state.collections).toBe(8)
    runtime.advance(60_000)
    expect(state.collections).toBe(9)
  })

  it('stops with the hub', () => {
    const { runtime, state, collector } = setUp()
    state.used += 100 * MiB
    runtime.advance(1000)
    collector.stop()
    runtime.advance(10_000)
    expect(state.collections).toBe(0)
  })

  it('uses the collector of V8 without a command line flag', () => {
    expect(() => new IdleCollector(new FakeRuntime(), () => 0, 'fast')).not.toThrow()
  })

  it('collects in steps, on versions of Node whose last step is short', async () => {
    const garbage = { now: Array.from({ length: 500_000 }, (_, nth) => ({ nth })) }
    const collect = collectorOf('fast', nodeRuntime())
    garbage.now = []
    const { promise, observer } = firstWholeCollection()
    collect(false)
    // On a machine that is busy, V8 may not begin within the time that it has.
    const again = setInterval(() => collect(false), 5_000)
    const forced = (Number((await promise).flags) & constants.NODE_PERFORMANCE_GC_FLAGS_FORCED) !== 0
    clearInterval(again)
    observer.disconnect()
    expect(forced).toBe(Number.parseInt(process.versions.node, 10) > 22)
  })

  it('gives back young memory too, once little is allocated', async () => {
    const collect = collectorOf('fast', nodeRuntime())
    const kept: object[] = []
    for (let n = 0; n < 3_000_000; n++) kept[n % 300_000] = { n }
    const grown = youngBytes()
    kept.length = 0
    const collected = () => {
      collect(true)
      return youngBytes()
    }
    await expect.poll(collected, { timeout: 30_000, interval: 2_000 }).toBeLessThan(grown / 2)
  })
})
