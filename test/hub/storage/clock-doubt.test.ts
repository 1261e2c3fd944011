import { expect, test } from 'vitest'
import { ClockDoubt } from '../../../src/hub/storage/clock-doubt.js'
import { RetentionKeeper } from '../../../src/hub/storage/retention.js'
import type { CompactionReport, Retention } from '../../../src/log/index.js'
import type { Bucket } from '../../../src/state/index.js'
import { openMemoryState } from '../../../src/state/index.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'

const HOUR = 3600e6
const DAY = 24 * HOUR
const DAY_MS = DAY / 1000

function jump(runtime: FakeRuntime, micros: number): void {
  runtime.setClock(runtime.now() + micros)
}

/** Where a hub keeps what it believes. */
function kept(runtime: FakeRuntime): Bucket {
  return openMemoryState({ runtime }).bucket('meta')
}

/** A keeper that has started, the policies with which it has compacted, and what it has published. */
function keeper(runtime: FakeRuntime, lastTime?: number, bucket = kept(runtime)) {
  const policies: Retention[] = []
  const events: unknown[] = []
  const bus = {
    compact: async (policy: Retention) => {
      policies.push(policy)
      return { removed: undefined } as CompactionReport
    },
    emit: (event: unknown) => events.push(event),
  }
  const clock = new ClockDoubt(runtime, bucket, lastTime)
  const started = new RetentionKeeper(bus as never, runtime, { age: 7 * DAY, bytes: 100 }, clock)
  started.start()
  return { policies, events, started }
}

test('a clock that runs evenly is not doubted, however long the hub runs', async () => {
  const runtime = new FakeRuntime()
  const doubt = new ClockDoubt(runtime, kept(runtime))
  for (let nth = 0; nth < 5; nth++) {
    await runtime.pass(DAY_MS)
    expect(await doubt.measure()).toBe(0)
  }
})

test('a jump ahead is doubted for a day, and then believed', async () => {
  const runtime = new FakeRuntime()
  const doubt = new ClockDoubt(runtime, kept(runtime))
  jump(runtime, 400 * DAY)
  expect(await doubt.measure()).toBe(400 * DAY)
  await runtime.pass(DAY_MS - 1)
  expect(await doubt.measure()).toBe(400 * DAY)
  await runtime.pass(1)
  expect(await doubt.measure()).toBe(0)
})

test('a clock that goes back is believed at once, and a new jump is doubted again', async () => {
  const runtime = new FakeRuntime()
  const doubt = new ClockDoubt(runtime, kept(runtime))
  jump(runtime, 400 * DAY)
  expect(await doubt.measure()).toBe(400 * DAY)
  jump(runtime, -400 * DAY)
  expect(await doubt.measure()).toBe(0)
  jump(runtime, 2 * HOUR)
  expect(await doubt.measure()).toBe(2 * HOUR)
})

test('retention runs soon after the start, and a jump of the clock does not count as age', async () => {
  const runtime = new FakeRuntime()
  const { policies } = keeper(runtime)
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

test('a jump of the clock does not count as age when somebody compacts by hand either', async () => {
  const runtime = new FakeRuntime()
  const { policies, started } = keeper(runtime)
  jump(runtime, 400 * DAY)
  await started.compact({ age: 7 * DAY }, 'manual')
  await started.compact({ count: 7 } as Retention, 'manual')
  expect(policies).toEqual([{ age: 407 * DAY }, { count: 7 }])
})

test('the believed time does not jump, and a jump that it has seen first is announced all the same', async () => {
  const runtime = new FakeRuntime()
  const doubt = new ClockDoubt(runtime, kept(runtime))
  const time = runtime.now()
  jump(runtime, 400 * DAY)
  expect(doubt.believedTime()).toBe(time)
  expect(await doubt.measure()).toBe(400 * DAY)
  jump(runtime, -400 * DAY)
  expect(doubt.believedTime()).toBe(time)
})

test('after a start, the clock is compared with the last event', async () => {
  const runtime = new FakeRuntime()
  const { policies } = keeper(runtime, runtime.now() - 30 * DAY)
  await runtime.pass(5_000)
  expect(policies).toEqual([{ age: 37 * DAY, bytes: 100 }])
})

test('a jump is not believed after a restart, although the last event has its time', async () => {
  const runtime = new FakeRuntime()
  const bucket = kept(runtime)
  const first = keeper(runtime, undefined, bucket)
  await runtime.pass(5_000)
  jump(runtime, 400 * DAY)
  await runtime.pass(60_000)
  await first.started.stop()
  const { policies } = keeper(runtime, runtime.now(), bucket)
  await runtime.pass(5_000)
  expect(policies).toEqual([{ age: expect.closeTo(407 * DAY, -9), bytes: 100 }])
})

test('a clock that stays ahead over restarts is believed when hubs have seen it for a day', async () => {
  const runtime = new FakeRuntime()
  const bucket = kept(runtime)
  await new ClockDoubt(runtime, bucket).measure()
  jump(runtime, 400 * DAY)
  const ahead: number[] = []
  for (let start = 0; start < 5; start++) {
    const doubt = new ClockDoubt(runtime, bucket, runtime.now())
    for (let hour = 0; hour < 6; hour++) {
      ahead.push(await doubt.measure())
      await runtime.pass(3_600_000)
    }
  }
  expect(ahead.slice(0, 24).every((each) => each > 399 * DAY)).toBe(true)
  expect(ahead.at(-1)).toBe(0)
})

test('a jump is published once, and shown while it lasts', async () => {
  const runtime = new FakeRuntime()
  const { events, started } = keeper(runtime)
  await runtime.pass(5_000)
  jump(runtime, 400 * DAY)
  await runtime.pass(180_000)
  expect(events).toEqual([{ tag: 'hub/clock', data: { ahead: 400 * DAY } }])
  expect(started.clockAhead).toBe(400 * DAY)
  jump(runtime, -400 * DAY)
  await runtime.pass(60_000)
  expect(started.clockAhead).toBe(0)
})
