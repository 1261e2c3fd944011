import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Runtime } from '../../../src/event/runtime.js'
import { stalls, Watchdog } from '../../../src/hub/process/watchdog.js'
import type { Stall } from '../../../src/methods/contract/index.js'
import { begin } from '../../../src/parts/work.js'

/** A clock that the test moves, and the one timer of the watchdog. */
let time: number
let timer: () => void
let watchdog: Watchdog
let waited: number
beforeEach(() => {
  time = 0
  waited = 0
  const runtime: Runtime = {
    now: () => time * 1000,
    monotonic: () => time,
    processorTime: () => time,
    after: (_, run) => {
      timer = run
      return () => {}
    },
    soon: () => {},
    random: (bytes) => new Uint8Array(bytes),
  }
  watchdog = new Watchdog(runtime, () => waited, 20)
  watchdog.start()
})
afterEach(() => watchdog.stop())

/** One turn: the parts say what they begin, and take some ms. The timer of the watchdog is due after 20. */
function turn(...parts: [ms: number, face?: string, what?: string, principal?: string][]): void {
  for (const [ms, face, what, principal] of parts) {
    if (face !== undefined && what !== undefined) begin({ face, what, principal })
    time += ms
  }
  timer()
}

it('says nothing of turns that are short, or of idle time', () => {
  turn([20])
  turn([60, 'native', 'input', 'alice'], [60, 'log', 'scan'])
  expect(watchdog.info).toEqual({ stalls: 0 })
})

it('names the work that took most of a long turn, and for whom', () => {
  turn([10, 'native', 'input', 'bob'], [300, 'method', 'events.read', 'alice'], [30, 'bus', 'delivery'])
  expect(watchdog.info.last).toMatchObject({
    ms: 320,
    face: 'method',
    work: 'events.read',
    principal: 'alice',
  })
  expect(watchdog.info).toMatchObject({ stalls: 1, worst: { ms: 320 } })
})

it('keeps the last and the longest, and publishes each', () => {
  const told: number[] = []
  const tell = (stall: unknown) => void told.push((stall as Stall).ms)
  stalls.subscribe(tell)
  turn([500, 'native', 'input', 'bob'])
  turn([20])
  turn([200, 'log', 'retention'])
  turn([400])
  stalls.unsubscribe(tell)
  expect(told).toEqual([480, 180, 380])
  expect(watchdog.info).toMatchObject({
    stalls: 3,
    last: { ms: 380, face: 'hub', work: 'other' },
    worst: { ms: 480 },
  })
})

it('counts stalls by face, work and principal', () => {
  turn([200, 'native', 'input', 'alice'])
  turn([200, 'native', 'input', 'bob'])
  turn([200, 'native', 'input', 'alice'])
  const counts = [...watchdog.samples()].filter(({ name }) => name === 'tocsin_event_loop_stalls_total')
  expect(counts).toMatchObject([
    { labels: { face: 'native', work: 'input', principal: 'alice' }, value: 2 },
    { labels: { face: 'native', work: 'input', principal: 'bob' }, value: 1 },
  ])
})

it('counts a limited number of kinds of work', () => {
  for (let kind = 0; kind < 200; kind++) turn([200, 'method', `method-${kind}`])
  const counts = [...watchdog.samples()].filter(({ name }) => name === 'tocsin_event_loop_stalls_total')
  expect(counts).toHaveLength(65)
  expect(counts.reduce((sum, { value }) => sum + value, 0)).toBe(200)
  expect(counts.at(-1)).toMatchObject({ labels: { face: 'hub', work: 'other' }, value: 136 })
})

it('names the machine if it did not run the hub for most of a long turn', () => {
  waited = 5000
  turn([20])
  waited += 200
  turn([320, 'native', 'input', 'alice'])
  expect(watchdog.info.last).toMatchObject({ ms: 300, face: 'machine', work: 'no processor' })
  expect(watchdog.info.last?.principal).toBeUndefined()
  waited += 100
  turn([320, 'native', 'input', 'alice'])
  expect(watchdog.info.last).toMatchObject({ ms: 300, face: 'native', principal: 'alice' })
})
