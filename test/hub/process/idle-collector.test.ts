import { describe, expect, it } from 'vitest'
import { IdleCollector, type MemoryUse } from '../../../src/hub/process/idle-collector.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'

const MiB = 1024 * 1024

function setUp(memory: MemoryUse = 'fast') {
  const runtime = new FakeRuntime()
  const state = { used: 0, collections: 0 }
  const collector = new IdleCollector(
    runtime,
    () => state.used,
    memory,
    () => state.collections++,
  )
  collector.start()
  return { runtime, state, collector }
}

describe('the collection of a hub that has become idle', () => {
  it('runs once after a burst, when nothing more happens', () => {
    const { runtime, state } = setUp()
    for (let second = 0; second < 5; second++) {
      state.used += 20 * MiB
      runtime.advance(1000)
    }
    expect(state.collections).toBe(0)
    runtime.advance(1000)
    expect(state.collections).toBe(1)
    runtime.advance(60_000)
    expect(state.collections).toBe(1)
  })

  it('does not run for little garbage', () => {
    const { runtime, state } = setUp()
    for (let second = 0; second < 10; second++) {
      state.used += 1 * MiB
      runtime.advance(1000)
    }
    runtime.advance(10_000)
    expect(state.collections).toBe(0)
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
})
