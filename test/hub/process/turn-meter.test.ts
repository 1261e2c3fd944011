import { beforeEach, expect, it } from 'vitest'
import { nodeRuntime } from '../../../src/hub/node-runtime.js'
import { loopClock } from '../../../src/hub/process/loop-clock.js'
import { TurnMeter } from '../../../src/hub/process/turn-meter.js'
import { Watchdog } from '../../../src/hub/process/watchdog.js'
import { begin } from '../../../src/parts/work.js'

/** A loop that the test turns. */
let now: number
let idle: number
let turns: number
let waited: number
let soon: (() => void)[]
let meter: TurnMeter
beforeEach(() => {
  now = idle = waited = 0
  turns = 1
  soon = []
  meter = new TurnMeter(
    {
      now: () => now,
      idle: () => idle,
      turns: () => turns,
      processor: () => ({ ran: now - idle - waited + 1, waited }),
    },
    () => now * 1000,
    (run) => soon.push(run),
  )
  meter.start()
})

/** A turn after some idle time, in which parts say what they begin. */
function turn(rest: number, ...parts: [ms: number, face?: string, waiting?: number][]): void {
  turns++
  now += rest
  idle += rest
  for (const [ms, face, waiting = 0] of parts) {
    if (face !== undefined) meter.begin({ face, what: 'input' })
    now += ms
    waited += waiting
  }
  for (const run of soon.splice(0)) run()
}

function countsOf(part: string): number[] | undefined {
  for (const [name, { counts }] of meter.parts) if (name === part) return [...counts]
  return undefined
}

it('counts each turn by its time without waiting, for the part that took most of it', () => {
  turn(100, [1, 'native'], [3, 'http'])
  turn(1000, [12, 'native'], [2, 'log'])
  turn(5, [0.5])
  meter.look()
  expect(countsOf('http')).toEqual([0, 0, 1, 0, 0, 0, 0, 0, 0])
  expect(countsOf('native')).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0])
  expect(meter.info).toEqual({ bound: 20, count: 0 })
})

it('names the last and the longest turn over the bound', () => {
  turn(1, [90, 'sink'], [10, 'log'])
  turn(1, [30, 'http'])
  turn(1)
  meter.look()
  expect(meter.info).toMatchObject({
    count: 2,
    last: { ms: 30, face: 'http', work: 'input' },
    worst: { ms: 100, face: 'sink' },
  })
})

it('leaves out the time in which other processes had the processor', () => {
  turn(1, [30, 'http', 25])
  turn(1)
  meter.look()
  expect(meter.info.count).toBe(0)
  expect(countsOf('http')?.[2]).toBe(1)
})

it('knows a long turn in which no part said what it does by how late the timer is', () => {
  turns += 3
  now += 60
  idle += 18
  meter.look(40)
  turn(1)
  meter.look()
  expect(meter.info).toMatchObject({ count: 1, worst: { ms: 40, face: 'hub', work: 'other' } })
})

it('counts work of a turn that begins after the look at its end with the next one', () => {
  turns++
  meter.begin({ face: 'native', what: 'input' })
  now += 2
  const [close] = soon.splice(0)
  close()
  meter.begin({ face: 'bus', what: 'delivery' })
  now += 3
  turns++
  now += 4
  soon.splice(0)[0]()
  turn(1)
  meter.look()
  expect(countsOf('bus')?.[3]).toBe(1)
})

it('does not report turns while the code of the parts is loaded, but counts them', () => {
  meter = new TurnMeter(
    {
      now: () => now,
      idle: () => idle,
      turns: () => turns,
      processor: () => ({ ran: now - idle + 1, waited: 0 }),
    },
    () => now * 1000,
    (run) => soon.push(run),
    500,
  )
  meter.start()
  turn(100, [60, 'http'])
  turn(100, [1])
  meter.look()
  expect(meter.info.count).toBe(0)
  expect(countsOf('http')?.[6]).toBe(1)
  turn(500, [60, 'http'])
  turn(100, [1])
  meter.look()
  expect(meter.info.count).toBe(1)
})

it('measures the event loop of this process', async () => {
  const runtime = nodeRuntime()
  const real = new TurnMeter(loopClock, () => runtime.now(), runtime.soon)
  const watchdog = new Watchdog(runtime, () => 0, 20, real)
  watchdog.start()
  await new Promise((resolve) => setImmediate(resolve))
  begin({ face: 'test', what: 'spin' })
  const until = process.cpuUsage().user + 60_000
  while (process.cpuUsage().user < until);
  while (real.info.count === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  watchdog.stop()
  expect(real.info.worst).toMatchObject({ face: 'test', work: 'spin' })
})
