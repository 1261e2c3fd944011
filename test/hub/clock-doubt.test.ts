import { expect, test } from 'vitest'
import { ClockDoubt } from '../../src/hub/clock-doubt.js'
import { RetentionKeeper } from '../../src/hub/retention.js'
import type { CompactionReport, Retention } from '../../src/log/index.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'

const HOUR = 3600e6
const DAY = 24 * HOUR
const DAY_MS = DAY / 1000

function jump(runtime: FakeRuntime, micros: number): void {
  runtime.setClock(runtime.now() + micros)
}

/** A keeper that has started, and the policies with which it has compacted. */
function keeper(runtime: FakeRuntime, lastTime?: number): Retention[] {
  const policies: Retention[] = []
  const bus = {
    compact: async (policy: Retention) => {
      policies.push(policy)
      return { removed: undefined } as CompactionReport
    },
    emit: () => undefined,
  }
  new RetentionKeeper(bus as never, runtime, { age: 7 * DAY, bytes: 100 }, lastTime).start()
  return policies
}

test('a clock that runs evenly is not doubted, however long the hub runs', async () => {
  const runtime = new FakeRuntime()
  const doubt = new ClockDoubt(runtime)
  for (let nth = 0; nth < 5; nth++) {
    await runtime.pass(DAY_MS)
    expect(doubt.measure()).toBe(0)
  }
})

test('a jump ahead is doubted for a day, and then believed', async () => {
  const runtime = new FakeRuntime()
  const doubt = new ClockDoubt(runtime)
  jump(runtime, 400 * DAY)
  expect(doubt.measure()).toBe(400 * DAY)
  await runtime.pass(DAY_MS - 1)
  expect(doubt.measure()).toBe(400 * DAY)
  await runtime.pass(1)
  expect(doubt.measure()).toBe(0)
})

test('a clock that goes back is believed at once, and a new jump is doubted again', () => {
  const runtime = new FakeRuntime()
  const doubt = new ClockDoubt(runtime)
  jump(runtime, 400 * DAY)
  expect(doubt.measure()).toBe(400 * DAY)
  jump(runtime, -400 * DAY)
  expect(doubt.measure()).toBe(0)
  jump(runtime, 2 * HOUR)
  expect(doubt.measure()).toBe(2 * HOUR)
})

test('retention runs soon after the start, and a jump of the clock does not count as age', async () => {
  const runtime = new FakeRuntime()
  const policies = keeper(runtime)
  await runtime.pass(5_000)
  jump(runtime, 400 * DAY)
  await runtime.pass(60_000)
  jump(runtime, -400 * DAY)
  await runtime.pass(60_000)
  expect(policies).toEqual([
    { age: 7 * DAY, bytes: 100 },
    { age: 407 * DAY, bytes: 100 },
    { age: 7 * DAY, bytes: 100 },
  ])
})

test('after a start, the clock is compared with the last event', async () => {
  const runtime = new FakeRuntime()
  const policies = keeper(runtime, runtime.now() - 30 * DAY)
  await runtime.pass(5_000)
  expect(policies).toEqual([{ age: 37 * DAY, bytes: 100 }])
})
