import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { eventPolicy, policyOf } from '../../src/sources/entry.js'
import { SourceRunner } from '../../src/sources/runner.js'
import type { SourceContext } from '../../src/sources/source.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { FakeHost } from '../helpers/fake-source-host.js'

const config = z.object(eventPolicy)
let runtime: FakeRuntime
let host: FakeHost
let running: SourceRunner
let context: SourceContext

beforeEach(() => {
  runtime = new FakeRuntime()
  host = new FakeHost(runtime)
})

async function start(given: z.input<typeof config>): Promise<void> {
  const create = () => ({
    start: async (started: SourceContext) => {
      context = started
    },
    stop: async () => {},
    health: () => ({ state: 'up' as const, details: {} }),
  })
  running = new SourceRunner({ name: 's', create, policy: policyOf(config.parse(given), ['at']) }, host)
  running.start()
  await runtime.settle()
}

const events = () => host.data('host/web1/s/e')
const gaps = () => host.data('hub/gap/s')

it('a source without a policy pays nothing for it', () => {
  expect(policyOf(config.parse({}))).toBeUndefined()
})

describe('redaction', () => {
  it('takes values out before anything is stored, and leaves what the source holds as it is', async () => {
    await start({ redact: ['data.fields.password', 'data.**.token'] })
    const data = { fields: { password: 'x', user: 'bob' }, list: [{ token: 'y' }] }
    context.publish('e', data)
    expect(events()).toEqual([
      { fields: { password: '<redacted>', user: 'bob' }, list: [{ token: '<redacted>' }] },
    ])
    expect(data.fields.password).toBe('x')
  })

  it('is refused in the configuration for what is no path', () => {
    expect(() => config.parse({ redact: ['data..x'] })).toThrow('empty key')
  })
})

describe('a rate limit', () => {
  it('drops what is over it, and says how much when the time is over', async () => {
    await start({ rateLimit: { events: 2, per: '1s' } })
    for (let n = 0; n < 5; n++) expect(context.publish('e', { n })).toBe(true)
    expect(events()).toEqual([{ n: 0 }, { n: 1 }])
    await runtime.pass(2_100)
    expect(gaps()).toMatchObject([{ count: 3, reason: 'over the rate limit of 2 events in 1 s' }])
    context.publish('e', { n: 5 })
    expect(events()).toHaveLength(3)
  })

  it('counts what the hub does not accept as not published', async () => {
    await start({ rateLimit: { events: 1 } })
    host.full = true
    expect(context.publish('e', { n: 0 })).toBe(false)
    host.full = false
    expect(context.publish('e', { n: 0 })).toBe(true)
    expect(events()).toEqual([{ n: 0 }])
  })

  it('says at the stop what it has dropped', async () => {
    await start({ rateLimit: { events: 1, per: '1h' } })
    context.publish('e', {})
    context.publish('e', {})
    await running.stop()
    expect(gaps()).toMatchObject([{ count: 1 }])
  })

  it('loses no count, whatever the order of events and time is', async () => {
    const step = fc.oneof(fc.constant('event'), fc.constant('time'))
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        runtime = new FakeRuntime()
        host = new FakeHost(runtime)
        await start({ rateLimit: { events: 3, per: '1s' } })
        for (const each of steps) {
          if (each === 'event') context.publish('e', {})
          else runtime.advance(400)
        }
        await running.stop()
        const lost = gaps().reduce((sum, { count }) => sum + Number(count), 0)
        expect(events().length + lost).toBe(steps.filter((each) => each === 'event').length)
      }),
      { numRuns: 50 },
    )
  })
})

describe('collapsing repeats', () => {
  it('publishes the first, and then one event that says how often it came again', async () => {
    await start({ collapse: '10s' })
    for (let at = 0; at < 4; at++) context.publish('e', { line: 'x', at })
    expect(events()).toEqual([{ line: 'x', at: 0 }])
    context.publish('e', { line: 'y', at: 9 })
    expect(events().slice(1)).toEqual([
      { line: 'x', at: 3, repeated: 3 },
      { line: 'y', at: 9 },
    ])
  })

  it('says so after the time too, and then begins anew', async () => {
    await start({ collapse: '10s' })
    context.publish('e', { line: 'x' })
    runtime.advance(4_000)
    context.publish('e', { line: 'x' })
    runtime.advance(6_000)
    expect(events().slice(1)).toEqual([{ line: 'x', repeated: 1 }])
    context.publish('e', { line: 'x' })
    expect(events()).toHaveLength(3)
  })

  it('tells events of different paths apart', async () => {
    await start({ collapse: '10s' })
    context.publish('e', { line: 'x' })
    context.publish('f', { line: 'x' })
    expect(host.data('host/web1/s/f')).toEqual([{ line: 'x' }])
  })

  it('stores no position before the repeats that it covers are published', async () => {
    await start({ collapse: '1h' })
    context.publish('e', { line: 'x' })
    context.publish('e', { line: 'x' })
    context.moved(() => ({ offset: 2 }))
    host.full = true
    await runtime.pass(1_500)
    expect(host.store.size).toBe(0)
    host.full = false
    await runtime.pass(1_500)
    expect(events()).toEqual([{ line: 'x' }, { line: 'x', repeated: 1 }])
    expect(host.store.size).toBe(1)
  })

  it('publishes what waits at the stop', async () => {
    await start({ collapse: '1h' })
    context.publish('e', { line: 'x' })
    context.publish('e', { line: 'x' })
    await running.stop()
    expect(events()).toEqual([{ line: 'x' }, { line: 'x', repeated: 1 }])
  })

  it('stands for every event that it leaves out', async () => {
    const line = fc.constantFrom('a', 'b')
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(line, fc.nat(2_000)), { maxLength: 50 }), async (steps) => {
        runtime = new FakeRuntime()
        host = new FakeHost(runtime)
        await start({ collapse: '3s' })
        for (const [line, pause] of steps) {
          context.publish('e', { line })
          runtime.advance(pause)
        }
        await running.stop()
        const said = events().flatMap(({ line, repeated }) => Array(Number(repeated ?? 1)).fill(line))
        expect(said).toEqual(steps.map(([line]) => line))
      }),
      { numRuns: 50 },
    )
  })
})
