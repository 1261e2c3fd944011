// Runs on each supported Node.js: timers.
import { expect, test } from 'vitest'
import { TimerWheel } from '../../../../../src/faces/ncs/socket/timer-wheel.js'
import { FakeRuntime } from '../../../../helpers/fake-runtime.js'

function wheel() {
  const runtime = new FakeRuntime()
  return { runtime, wheel: new TimerWheel(runtime) }
}

test('a thousand intervals need one timer, and none after the last has ended', () => {
  const { runtime, wheel: timers } = wheel()
  const cancels = Array.from({ length: 1000 }, () => timers.every(1000, () => {}))
  expect(runtime.pending).toBe(1)
  for (const cancel of cancels) cancel()
  runtime.advance(100)
  expect(runtime.pending).toBe(0)
})

test('each function is called at its own interval, never early and at most 100 ms late', () => {
  const { runtime, wheel: timers } = wheel()
  const calls = new Map<number, number[]>()
  for (const interval of [1000, 1001, 1777, 10_000]) {
    calls.set(interval, [])
    timers.every(interval, () => calls.get(interval)!.push(runtime.monotonic()))
  }
  runtime.advance(60_000)
  for (const [interval, times] of calls) {
    expect(times).toHaveLength(Math.floor(60_000 / interval))
    times.forEach((time, i) => {
      const late = time - interval * (i + 1)
      expect(late).toBeGreaterThanOrEqual(0)
      expect(late).toBeLessThanOrEqual(100)
    })
  }
})

test('beats that were missed while the process stood still are not made up for', () => {
  const { runtime, wheel: timers } = wheel()
  let calls = 0
  timers.every(1000, () => calls++)
  const timer = runtime.after
  expect(timer).toBeDefined()
  runtime.advance(1000)
  const before = calls
  // One late turn of the timer instead of an hour of turns.
  const late = Object.assign(Object.create(runtime), { monotonic: () => runtime.monotonic() + 3_600_000 })
  const other = new TimerWheel(late)
  other.every(1000, () => calls++)
  runtime.advance(1050)
  expect(calls - before).toBeLessThanOrEqual(3)
})

test('a function may end itself or another while it is called', () => {
  const { runtime, wheel: timers } = wheel()
  let calls = 0
  const second = { cancel: () => {} }
  const first = timers.every(1000, () => {
    calls++
    first()
    second.cancel()
  })
  second.cancel = timers.every(1000, () => calls++)
  runtime.advance(5000)
  expect(calls).toBe(1)
})
