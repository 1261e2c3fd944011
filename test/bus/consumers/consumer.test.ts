import { beforeEach, describe, expect, it } from 'vitest'
import { type TestBus, TestSink } from '../fixture.js'
import { admin, consumer, done, hub, join, open, redelivered, restart } from './fixture.js'

beforeEach(() => open())

describe('a durable consumer', () => {
  it('begins with the next event and receives what is published', async () => {
    await hub.publish('a/1')
    const sink = await join()
    await hub.publish('a/2', 'a/3')
    expect(sink.story).toEqual(['live', 2, 3])
    expect(redelivered(sink)).toEqual([])
  })

  it('begins at the requested position', async () => {
    await hub.publish('a/1', 'a/2', 'a/3')
    expect((await join({ from: '@2' })).story).toEqual([2, 3, 'live'])
  })

  it('that cannot begin at the requested position reports this to the first connection, once', async () => {
    for (const [name, from] of [
      ['ahead', hub.cursor(9)],
      ['unknown-epoch', 'elsewherehere-3'],
    ]) {
      await hub.bus.consumers.create(admin(), { name, from })
      const [first, second] = [await join({ consumer: name }), await join({ consumer: name })]
      expect(first.got[0]).toEqual({ type: 'gap', from: 0, to: 0, reason: name, next: 0 })
      expect(second.gaps).toEqual([])
    }
  })

  it('that is created at an expired position reports the gap, even after a restart', async () => {
    await open({ slabBytes: 1024, maxBytes: 3000 })
    for (let i = 0; i < 100; i++) await hub.publish('a/x')
    const { first } = hub.log
    await hub.bus.consumers.create(admin(), { name: 'work', from: '@1' })
    await restart()
    const sink = await join()
    expect(sink.gaps).toEqual([{ type: 'gap', from: 1, to: first - 1, reason: 'expired', next: first - 1 }])
    expect(sink.seqs[0]).toBe(first)
  })

  it('resumes where it was when nobody was connected', async () => {
    const first = await join()
    await hub.publish('a/1')
    done(first, 1)
    first.api.close()
    await hub.publish('a/2', 'a/3')
    const second = await join({ from: 'start' })
    expect(second.story).toEqual([2, 3, 'live'])
  })

  it('resumes where it was when the hub was restarted', async () => {
    const first = await join({ filters: 'a/' })
    await hub.publish('a/1', 'b/2', 'a/3', 'a/4')
    done(first, 1, 4)
    await restart()
    expect(first.ended).toMatchObject({ code: 'STOP', seq: 2 })
    await hub.publish('a/5')
    const second = await join()
    await hub.runtime.settle()
    expect([...second.seqs].sort()).toEqual([3, 5])
    expect(redelivered(second)).toEqual([3])
  })

  it('keeps its filter and rejects a different one', async () => {
    await join({ filters: ['a/', 'b/'] })
    await join({ filters: ['b/', 'a/'] })
    await join()
    await join({ filters: [] })
    await expect(join({ filters: 'c/' })).rejects.toMatchObject({ code: 'TCN_CONSUMER_CONFLICT' })
    const sink = await join()
    expect(() => sink.api.change('c/')).toThrow(expect.objectContaining({ code: 'TCN_CONSUMER_CONFLICT' }))
  })

  it('reports to each of its connections once that it is live', async () => {
    await hub.publish('a/1')
    const [one, two] = [await join({ from: 'start' }), await join()]
    expect(one.story).toEqual([1, 'live'])
    expect(two.story).toEqual(['live'])
  })

  it('does not deliver events twice when it joins from the past while events are stored', async () => {
    await hub.publish('a/1', 'a/2')
    const coming = join({ from: 'start' })
    hub.store({ tag: 'a/3' })
    const sink = await coming
    hub.store({ tag: 'a/4' })
    await hub.runtime.settle()
    expect(sink.seqs).toEqual([1, 2, 3, 4])
  })

  it('requires a right, a valid name and options that it supports', async () => {
    const code = (options: Parameters<TestBus['subscribe']>[0]) =>
      join(options).then(
        () => undefined,
        (error) => error.code,
      )
    expect(await code({ as: 'none' })).toBe('TCN_ACCESS_DENIED')
    expect(await code({ as: 'half', consumer: 'other' })).toBe('TCN_ACCESS_DENIED')
    for (const name of ['', 'a b', 'a/b', 'x'.repeat(129)]) {
      expect(await code({ consumer: name })).toBe('TCN_CONSUMER_INVALID')
    }
    expect(await code({ lag: 'skip' })).toBe('TCN_CONSUMER_INVALID')
    expect(await code({ maxLag: { bytes: 1 } })).toBe('TCN_CONSUMER_INVALID')
    expect(await code({ to: 'end' })).toBe('TCN_CONSUMER_INVALID')
    expect(await code({ gates: ['audit'] })).toBe('TCN_CONSUMER_INVALID')
    expect(await code({ filters: { regex: { tag: '(' } } })).toBe('TCN_FILTER_REGEX')
    expect(hub.bus.consumers.size).toBe(0)
  })

  it('counts towards the limit on consumers', async () => {
    await open({ limits: { consumers: 2 } })
    await Promise.all([join({ consumer: 'one' }), join({ consumer: 'one' }), join({ consumer: 'two' })])
    await expect(join({ consumer: 'three' })).rejects.toMatchObject({ code: 'TCN_PROTOCOL_TOO_MANY' })
    expect(hub.bus.consumers.size).toBe(2)
  })

  it('is required for acknowledgements', async () => {
    const sink = await hub.subscribe()
    expect(() => done(sink, 1)).toThrow(expect.objectContaining({ code: 'TCN_CONSUMER_REQUIRED' }))
  })
})

describe('a consumer without connections', () => {
  it('can be created, and keeps its position', async () => {
    await hub.bus.consumers.create(admin(), { name: 'work', filters: 'a/' })
    await hub.publish('a/1', 'b/2', 'a/3')
    await restart()
    expect((await join({ filters: 'a/' })).seqs).toEqual([1, 3])
  })

  it('is the same one when it is created twice', async () => {
    const create = (filters?: string) => hub.bus.consumers.create(admin(), { name: 'work', filters })
    const [one, other] = await Promise.all([create('a/'), create('a/')])
    expect(other).toBe(one)
    expect(await create()).toBe(one)
    await expect(create('b/')).rejects.toMatchObject({ code: 'TCN_CONSUMER_CONFLICT' })
  })

  it('is removed with everything stored for it, and its connections are ended', async () => {
    const sink = await join()
    await hub.publish('a/1', 'a/2')
    sink.api.ack([1], 'park', {})
    await hub.runtime.settle()
    expect(await hub.bus.consumers.delete(admin(), 'work')).toBe(1)
    expect(sink.ended).toMatchObject({ code: 'TCN_CONSUMER_UNKNOWN' })
    expect(() => consumer()).toThrow(expect.objectContaining({ code: 'TCN_CONSUMER_UNKNOWN' }))
    await hub.runtime.pass(600_000)
    await restart()
    expect(hub.bus.consumers.size).toBe(0)
    expect(hub.bus.consumers.parkedCount).toBe(0)
    for (const name of ['consumers', 'parked'] as const) {
      for await (const { key } of hub.state.bucket(name).list()) throw new Error(`${key} was left behind`)
    }
  })
})

it('a consumer leaves no idle timers behind', async () => {
  const before = hub.runtime.pending
  const sink = await join()
  await hub.publish('a/1')
  done(sink, 1)
  sink.api.close()
  await hub.runtime.pass(60_000)
  expect(hub.runtime.pending).toBe(before)
})

it('a log that cannot be read ends the connections with its error', async () => {
  await hub.publish('a/1')
  const { TocsinError } = await import('../../../src/errors/tocsin-error.js')
  const { read } = hub.log
  hub.log.read = () => {
    throw new TocsinError('TCN_LOG_CORRUPT')
  }
  const sink = new TestSink()
  await join({ from: 'start', sink })
  expect(sink.ended).toMatchObject({ code: 'TCN_LOG_CORRUPT', seq: 0 })
  hub.log.read = read
  expect((await join()).seqs).toEqual([1])
})
