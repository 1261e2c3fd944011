import { expect, test } from 'vitest'
import { logInfo } from '../../src/methods/log.js'
import { TestBus } from '../bus/fixture.js'

/** The state of a log on other servers, which answer as long as `isUp`. */
async function sharedLog() {
  const hub = await TestBus.open()
  await hub.publish('t/1', 't/2')
  const servers = { isUp: true }
  const { log } = hub
  const read = log.read.bind(log)
  Object.defineProperty(log, 'capabilities', { value: { ...log.capabilities, shared: true } })
  Object.defineProperty(log, 'read', {
    value: async function* (...given: Parameters<typeof read>) {
      if (!servers.isUp) await new Promise(() => undefined)
      yield* read(...given)
    },
  })
  const context = {
    ...hub,
    bus: hub.bus,
    runtime: hub.runtime,
    authorize: hub.access.authorize,
    typeOf: () => '',
    retention: () => ({ policy: {}, counting: {}, last: undefined, clockAhead: 0 }),
    compact: () => Promise.reject(new Error('not here')),
  }
  return { hub, servers, info: () => logInfo(context) }
}

test('what is known of a log is told at once while its servers do not answer', async () => {
  const { servers, info } = await sharedLog()
  const before = await info()
  expect(before.lastTime).toBeGreaterThan(0)
  servers.isUp = false
  // The time of this runtime stands still, so nothing waits.
  expect(await info()).toEqual(before)
})

test('what is not known is waited for once, and then left out', async () => {
  const { hub, servers, info } = await sharedLog()
  const { firstTime } = await info()
  servers.isUp = false
  await hub.publish('t/3')
  let isTold = false
  const first = info().finally(() => {
    isTold = true
  })
  await hub.runtime.settle()
  expect(isTold).toBe(false)
  await hub.runtime.pass(250)
  expect(await first).toMatchObject({ last: 3, firstTime, lastTime: undefined })
  const second = info()
  await hub.runtime.pass(0)
  expect(await second).toMatchObject({ last: 3, firstTime, lastTime: undefined })
})
