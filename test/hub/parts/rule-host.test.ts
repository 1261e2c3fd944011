import { expect, it } from 'vitest'
import { type RuleHostParts, ruleHost } from '../../../src/hub/parts/rule-host.js'
import { openMemoryState } from '../../../src/state/index.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'

const AHEAD = 5_000_000

/** The host of rules on a log that others share, whose clock is that of NATS. */
function sharing(clock: (now: number) => number | undefined, isPrimary = true) {
  const runtime = new FakeRuntime()
  const log = { stats: { unflushedBytes: 0 }, caughtUp: async () => clock(runtime.now()) }
  const parts = {
    runtime,
    state: openMemoryState({ runtime }),
    access: { principal: () => undefined },
    bus: { log },
    isPrimary: () => isPrimary,
  }
  return { host: ruleHost(parts as unknown as RuleHostParts), now: runtime.now() }
}

it('a hub whose clock is ahead of that of NATS waits until the time of NATS has come', async () => {
  const { host, now } = sharing((now) => now - AHEAD)
  expect(await host.caughtUp()).toBe(now - AHEAD)
})

it('a hub whose clock is behind, or that is not told the time of NATS, waits until its own has come', async () => {
  for (const clock of [(now: number) => now + AHEAD, () => undefined]) {
    const { host, now } = sharing(clock)
    expect(await host.caughtUp()).toBe(now)
  }
})

it('nothing is certain to a hub that is not the primary', async () => {
  const { host } = sharing((now) => now, false)
  expect(await host.caughtUp()).toBeUndefined()
})
