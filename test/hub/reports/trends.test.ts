import { beforeEach, describe, expect, it } from 'vitest'
import { type PartReading, TREND_EVERY_MS, Trends } from '../../../src/hub/reports/trends.js'
import { startTestHub } from '../../../src/hub/testing.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'

let runtime: FakeRuntime
let sinks: PartReading[]
let trends: Trends

beforeEach(() => {
  runtime = new FakeRuntime()
  sinks = []
  trends = new Trends(runtime, () => ({ subscribers: [], consumers: [], sources: [], sinks }))
})

const next = () => runtime.advance(TREND_EVERY_MS)
const parts = (limit = 50) => trends.of('sinks', limit).parts

describe('the trends of a hub', () => {
  it('have lag, rate and errors of each part, from the second sample on', () => {
    sinks = [{ name: 'hook', lag: 5, events: 100, errors: 1 }]
    trends.start()
    sinks = [{ name: 'hook', lag: 0, events: 160, errors: 3 }]
    next()
    expect(trends.of('sinks', 1)).toEqual({
      time: runtime.now(),
      every: TREND_EVERY_MS * 1000,
      parts: [{ name: 'hook', lag: [5, 0], rate: [null, 2], errors: [null, 2] }],
    })
    expect(trends.of('sources', 1).parts).toEqual([])
  })

  it('do not know the rate of a counter that has begun again', () => {
    sinks = [{ name: 'hook', lag: 0, events: 100, errors: 9 }]
    trends.start()
    sinks = [{ name: 'hook', lag: 0, events: 30, errors: 0 }]
    next()
    sinks = [{ name: 'hook', lag: 0, events: 60, errors: 0 }]
    next()
    expect(parts()).toMatchObject([{ rate: [null, null, 1], errors: [null, null, 0] }])
  })

  it('forget a part that is gone, and what is older than an hour', () => {
    sinks = [{ name: 'old', events: 0, errors: 0 }]
    trends.start()
    sinks = [{ name: 'new', events: 0, errors: 0 }]
    next()
    expect(parts().map(({ name }) => name)).toEqual(['new'])
    for (let n = 0; n < 200; n++) next()
    expect(parts()[0].rate).toHaveLength(120)
    expect(parts()[0].lag).toBeUndefined()
  })

  it('are kept for a limited number of parts, of which those furthest behind come first', () => {
    sinks = Array.from({ length: 400 }, (_, lag) => ({ name: `s${lag}`, lag, events: 0, errors: 0 }))
    trends.start()
    expect(parts(1000)).toHaveLength(250)
    expect(parts(2).map(({ name }) => name)).toEqual(['s399', 's398'])
    // What is behind stays, however many come.
    sinks = [...sinks, { name: 'late', lag: 1000, events: 0, errors: 0 }]
    next()
    expect(parts(1000).map(({ name }) => name)).not.toContain('late')
    sinks = sinks.slice(390)
    next()
    next()
    expect(parts(1).map(({ name }) => name)).toEqual(['late'])
  })

  it('give the place of a part that is not behind to one that is, and to no other', () => {
    const part = (name: string, lag: number) => ({ name, lag, events: 0, errors: 0 })
    const full = [part('s0', 0), ...Array.from({ length: 249 }, (_, nth) => part(`s${nth + 1}`, nth % 2))]
    sinks = full
    trends.start()
    sinks = [...full, part('late', 9), part('idle', 0)]
    next()
    const names = parts(1000).map(({ name }) => name)
    expect(names).toHaveLength(250)
    expect(names).toContain('late')
    expect(names).not.toContain('idle')
    for (const { name } of full.filter(({ lag }) => lag > 0)) expect(names).toContain(name)
    sinks = full.map(({ name }) => part(name, 1))
    next()
    expect(parts(1000)).toHaveLength(250)
  })

  it('leave no timer when they stop', () => {
    trends.start()
    trends.stop()
    expect(runtime.pending).toBe(0)
  })
})

describe('a hub', () => {
  it('returns how its subscribers and consumers were, by the names that its lists give them', async () => {
    await using hub = await startTestHub()
    const client = await hub.connect()
    await client.request('consumers.create', { name: 'billing', filters: 'work/', from: 'start' })
    await client.publish('work/a', {})
    const { parts: consumers } = await client.request('hub.trends', { of: 'consumers' })
    // The first sample is from the start of the hub.
    expect(consumers).toEqual([])
    await expect(client.request('hub.trends', { of: 'rules' } as never)).rejects.toMatchObject({
      code: 'TCN_METHOD_PARAMS',
    })
    await client.close()
  })
})
