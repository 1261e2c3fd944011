import { beforeEach, describe, expect, it } from 'vitest'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { TestBus, type TestSink } from './fixture.js'

const SWEEP = 1000
const PERIOD = 5000

/** A runtime on which each look at the clock takes some time, as a slow test between two looks would. */
class SlowRuntime extends FakeRuntime {
  slowness = 0
  /** Share of that time in which the process works. */
  share = 1
  looks = 0
  #spent = 0
  #worked = 0

  constructor() {
    super()
    const clock = this.monotonic
    this.monotonic = () => {
      this.looks++
      this.#spent += this.slowness
      this.#worked += this.slowness * this.share
      return clock() + this.#spent
    }
    this.processorTime = () => clock() + this.#worked
  }
}

let runtime: SlowRuntime
let hub: TestBus

beforeEach(async () => {
  runtime = new SlowRuntime()
  hub = await TestBus.open({
    runtime,
    limits: { matchTime: 100 },
    grants: { viewer: { see: '*' }, other: { see: '*' }, owner: '*' },
  })
})

const costly = { regex: { 'data.text': '(a|b)*c' } }
const quick = 'test'

function subscribe(as: string, filters: unknown): Promise<TestSink> {
  return hub.subscribe({ as, filters: filters as string })
}

/** Publishes so many events while each measured test takes `ms`. */
async function publishSlowly(events: number, ms: number): Promise<void> {
  runtime.slowness = ms
  hub.store(...Array.from({ length: events }, () => ({ tag: 'test' })))
  runtime.slowness = 0
  await hub.runtime.settle()
}

describe('a subscription whose filter takes too much time', () => {
  it('stays if the limit is raised, and goes if it is lowered', async () => {
    const slow = await subscribe('viewer', costly)
    hub.limit({ matchTime: 5000 })
    await publishSlowly(160, 1)
    await runtime.pass(SWEEP)
    expect(slow.ended).toBeUndefined()
    hub.limit({ matchTime: 50 })
    await publishSlowly(160, 1)
    await runtime.pass(SWEEP)
    expect(slow.ended).toMatchObject({ code: 'TCN_BUS_COST' })
  })

  it('is told and closed, and nobody else is', async () => {
    const slow = await subscribe('viewer', costly)
    const others = [await subscribe('viewer', quick), await subscribe('other', quick)]
    await publishSlowly(160, 1)
    await runtime.pass(SWEEP)
    expect(slow.ended).toMatchObject({ code: 'TCN_BUS_COST', seq: 160 })
    expect(others.map(({ ended }) => ended)).toEqual([undefined, undefined])
  })

  it('is closed after few tests if its filter costs much, since each of them is measured', async () => {
    const texts = Array.from({ length: 4 }, (_, n) => ({ contains: { 'data.text': `x${n}` } }))
    const slow = await subscribe('viewer', { any: texts })
    const other = await subscribe('other', costly)
    await publishSlowly(3, 60)
    await runtime.pass(SWEEP)
    expect(slow.ended).toMatchObject({ code: 'TCN_BUS_COST', seq: 3 })
    expect(other.ended).toBeUndefined()
  })

  it('stays when its tests wait for a processor, and goes when they take as much', async () => {
    const waiting = await subscribe('viewer', costly)
    runtime.share = 0.01
    await publishSlowly(1600, 1)
    await runtime.pass(SWEEP)
    expect(waiting.ended).toBeUndefined()
    runtime.share = 1
    await publishSlowly(160, 1)
    await runtime.pass(SWEEP)
    expect(waiting.ended).toMatchObject({ code: 'TCN_BUS_COST' })
  })

  it('stays while it reads the log, where it takes its turns with others', async () => {
    hub.store(...Array.from({ length: 1600 }, () => ({ tag: 'test' })))
    await hub.runtime.settle()
    runtime.slowness = 1
    const reading = await hub.subscribe({ as: 'viewer', filters: costly, from: 'start' })
    for (let turn = 0; turn < 100; turn++) await runtime.settle()
    runtime.slowness = 0
    await runtime.pass(SWEEP)
    expect(reading.ended).toBeUndefined()
    expect(reading.got).toContainEqual({ type: 'live', seq: 1600 })
  })

  it('goes on while it takes less, however long that lasts', async () => {
    const slow = await subscribe('viewer', costly)
    for (let period = 0; period < 5; period++) {
      await publishSlowly(80, 1)
      await runtime.pass(PERIOD)
    }
    expect(slow.ended).toBeUndefined()
  })

  it('goes on if each test is quick, however many events there are', async () => {
    const slow = await subscribe('viewer', costly)
    await publishSlowly(20_000, 0.009)
    await runtime.pass(SWEEP)
    expect(slow.ended).toBeUndefined()
  })

  it('is ended with a few others in each turn, however many the principal has', async () => {
    const sinks = await Promise.all(Array.from({ length: 200 }, () => subscribe('viewer', costly)))
    await publishSlowly(160, 1)
    const endedCount = () => sinks.filter(({ ended }) => ended !== undefined).length
    const inTurns: number[] = []
    const { soon } = runtime
    runtime.soon = (run) =>
      soon(() => {
        const before = endedCount()
        run()
        inTurns.push(endedCount() - before)
      })
    await runtime.pass(SWEEP)
    expect(endedCount()).toBe(200)
    expect(inTurns.filter((count) => count > 0)).toEqual([64, 64, 8])
  })

  it('may not begin again at once, but a cheaper one may', async () => {
    await subscribe('viewer', costly)
    await publishSlowly(160, 1)
    await runtime.pass(SWEEP)
    await expect(subscribe('viewer', { regex: { 'data.text': '(b|a)*c' } })).rejects.toMatchObject({
      code: 'TCN_BUS_COST',
    })
    await subscribe('viewer', { exact: { 'data.text': 'a' } })
    await subscribe('other', costly)
    await runtime.pass(60_000)
    await subscribe('viewer', costly)
  })

  it('may begin again at once if it belongs to the owner of the hub', async () => {
    const slow = await subscribe('owner', costly)
    await publishSlowly(160, 1)
    await runtime.pass(SWEEP)
    expect(slow.ended).toMatchObject({ code: 'TCN_BUS_COST' })
    await subscribe('owner', costly)
  })

  it('cannot avoid it by leaving before it is measured', async () => {
    for (let i = 0; i < 2; i++) {
      const { api } = await subscribe('viewer', costly)
      await publishSlowly(80, 1)
      api.close()
    }
    await expect(subscribe('viewer', costly)).rejects.toMatchObject({ code: 'TCN_BUS_COST' })
  })

  it('is the costliest of a principal whose filters take too much together', async () => {
    const costliest = await subscribe('viewer', costly)
    await publishSlowly(80, 0.5)
    const other = await subscribe('viewer', { suffix: { 'data.text': 'a' } })
    await publishSlowly(80, 0.4)
    await runtime.pass(SWEEP)
    expect([costliest, other].map(({ ended }) => ended?.code)).toEqual(['TCN_BUS_COST', undefined])
  })
})

it('cheap filters never look at the clock', async () => {
  await subscribe('viewer', 'a/*/b')
  runtime.looks = 0
  hub.store(...Array.from({ length: 100 }, () => ({ tag: 'a/1/c' })))
  expect(runtime.looks).toBeLessThan(10)
})
