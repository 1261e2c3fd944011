import { beforeEach, describe, expect, it } from 'vitest'
import { headlines, lateConsumers } from '../../../src/methods/headline/look.js'
import { TestBus } from '../../bus/fixture.js'
import { call } from '../call.js'

const MINUTE_MS = 60_000

let hub: TestBus

beforeEach(async () => {
  hub = await TestBus.open({})
})

const late = () => lateConsumers(hub)
const consumer = (name: string) => call(hub, 'consumers.create', { name, from: 'start' })

describe('late consumers', () => {
  it('are those that have left an event for more than a minute, the furthest behind first', async () => {
    expect(await late()).toEqual({ count: 0, first: undefined })
    await consumer('billing')
    const since = hub.runtime.now()
    await hub.publish('a/1')
    await hub.runtime.advance(MINUTE_MS / 2)
    expect(await late()).toEqual({ count: 0, first: undefined })
    await hub.runtime.advance(MINUTE_MS)
    await call(hub, 'consumers.create', { name: 'new' })
    expect(await late()).toEqual({ count: 1, first: { name: 'billing', since } })
    expect(await lateConsumers(hub, new Set(['billing']))).toEqual({ count: 0, first: undefined })
    await hub.publish('a/2')
    await hub.runtime.advance(2 * MINUTE_MS)
    expect(await late()).toEqual({ count: 2, first: { name: 'billing', since } })
  })
})

describe('the headline', () => {
  it('is made once for all who ask within two seconds', async () => {
    let looks = 0
    const none = { list: () => [] }
    const ask = headlines({
      ...{ bus: hub.bus, runtime: hub.runtime, data: undefined, cluster: undefined },
      ...{ faults: () => [], damage: () => [], sources: () => [], sinks: none, rules: none },
      edges: { list: () => [], counts: () => ({ up: 0, down: 0 }) },
      hosts: { trouble: { known: 2, failing: 1, silent: 0 } },
      firing: async () => {
        looks++
        return { count: 0, isGrave: false, since: undefined }
      },
    })
    const [one, other] = await Promise.all([ask(), ask()])
    expect(one.text).toBe('1 host with errors in 10m')
    expect(other).toBe(one)
    await hub.runtime.advance(1900)
    expect(await ask()).toBe(one)
    await hub.runtime.advance(200)
    await ask()
    expect(looks).toBe(2)
  })
})
