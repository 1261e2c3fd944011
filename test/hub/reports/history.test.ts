import { beforeEach, describe, expect, it } from 'vitest'
import { TICK_BOUNDS } from '../../../src/bus/delivery.js'
import { EVERY_MS, type HistoryReading, HubHistory } from '../../../src/hub/reports/history.js'
import { startTestHub } from '../../../src/hub/testing.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'

let runtime: FakeRuntime
let now: HistoryReading
let history: HubHistory

beforeEach(() => {
  runtime = new FakeRuntime()
  const tickCounts = new Array(TICK_BOUNDS.length + 1).fill(0)
  now = { accepted: 100, delivered: 0, tickCounts, flushMicros: 0, memory: 1 }
  history = new HubHistory(runtime, () => now)
  history.start()
})

/** Ticks as long as this bound allows. */
function tick(bound: number, count: number): void {
  const at = TICK_BOUNDS.indexOf(bound)
  const tickCounts = now.tickCounts.map((before, index) => (index === at ? before + count : before))
  now = { ...now, tickCounts }
}

describe('the history of a hub', () => {
  it('has rates of each ten seconds, and values at their end', () => {
    now = { ...now, accepted: 150, delivered: 20, flushMicros: 900, memory: 7 }
    runtime.advance(EVERY_MS)
    runtime.advance(EVERY_MS)
    const usual = { publishMicros: undefined, flushMicros: 900, memory: 7 }
    const time = runtime.now()
    expect(history.since(0)).toEqual([
      { ...usual, time: time - EVERY_MS * 1000, accepted: 5, delivered: 2 },
      { ...usual, time, accepted: 0, delivered: 0 },
    ])
  })

  it('says within which time 99 of 100 ticks of these seconds were done', () => {
    tick(0.1, 1000)
    runtime.advance(EVERY_MS)
    tick(0.1, 98)
    tick(5, 2)
    runtime.advance(EVERY_MS)
    const [first, second] = history.since(0).map(({ publishMicros }) => publishMicros!)
    expect(first).toBeGreaterThan(50)
    expect(first).toBeLessThanOrEqual(100)
    // Half of those between 2.5 and 5 ms.
    expect(second).toBe(3750)
  })

  it('names the highest bound when ticks took longer than all bounds', () => {
    now = { ...now, tickCounts: now.tickCounts.map((_, at) => (at === TICK_BOUNDS.length ? 3 : 0)) }
    runtime.advance(EVERY_MS)
    expect(history.since(0)[0].publishMicros).toBe(1_000_000)
  })

  it('goes back an hour', () => {
    for (let n = 0; n < 400; n++) runtime.advance(EVERY_MS)
    const samples = history.since(0)
    expect(samples).toHaveLength(360)
    expect(samples.at(-1)?.time).toBe(runtime.now())
    expect(history.since(samples[357].time)).toEqual(samples.slice(358))
  })

  it('leaves no timer when it stops', () => {
    history.stop()
    expect(runtime.pending).toBe(0)
  })
})

it('a hub returns its history', async () => {
  await using hub = await startTestHub()
  const client = await hub.connect()
  expect(await client.request('hub.history', {})).toEqual({ samples: [] })
  await client.close()
})
