import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { GateOutcome } from '../../src/bus/api.js'
import type { Subscription } from '../../src/bus/subscription.js'
import { TestBus, type TestPublisher, type TestSink } from './fixture.js'

let hub: TestBus
let publisher: TestPublisher

beforeEach(async () => {
  hub = await TestBus.open({
    grants: {
      viewer: { see: '*' },
      partner: { see: '*', gate: ['audit/'] },
      lowly: { publish: ['audit/'], gate: ['audit/'], source: '' },
    },
  })
  publisher = hub.publisher()
})

function answering(label: string, as = 'admin', filters?: string): Promise<TestSink> {
  return hub.subscribe({ label, gates: ['audit'], as, filters })
}

const gateTold = (sink: TestSink) => sink.statuses.filter(({ type }) => type === 'gate')

async function publishGated(tag = 'audit/1', deadline?: number): Promise<void> {
  publisher.api.gate('audit', publisher.api.lastCounter + 1, deadline)
  publisher.send({ tag })
  await hub.runtime.settle()
}

const outcome = () => publisher.take().find(([what]) => what === 'gateDone')?.[1]

describe('a gate', () => {
  it('is announced after the event, and the publisher is notified when all subscribers have answered', async () => {
    const [one, two] = [await answering('one'), await answering('two')]
    await publishGated()
    for (const sink of [one, two]) {
      expect(sink.story).toEqual(['live', 1, 'gate'])
      expect(sink.got.at(-1)).toEqual({ type: 'gate', name: 'audit', seq: 1, deadline: 120_000 })
    }
    two.api.gateDone('audit', 1, 'fine')
    expect(outcome()).toBeUndefined()
    one.api.gateDone('audit', 1, { text: 'ok' })
    expect(outcome()).toEqual({
      name: 'audit',
      counter: 1,
      seq: 1,
      answers: [
        { subscriber: 'two', answer: 'fine' },
        { subscriber: 'one', answer: { text: 'ok' } },
      ],
      missing: [],
    })
  })

  it('tells a publisher without the right monitor only the principals of those who answer', async () => {
    const [one] = [
      await answering('tcp://10.0.0.9:4711 guard', 'partner'),
      await answering('late', 'partner'),
    ]
    publisher = hub.publisher({ as: 'lowly' })
    await publishGated('audit/1', 5000)
    one.api.gateDone('audit', 1, 'fine')
    await hub.runtime.pass(5001)
    expect(outcome()).toMatchObject({
      answers: [{ subscriber: 'partner', answer: 'fine' }],
      missing: [{ subscriber: 'partner', reason: 'timeout' }],
    })
  })

  it('holds a limited number of bytes of answers, and says whose did not fit', async () => {
    const sinks = await Promise.all(Array.from({ length: 5 }, (_, index) => answering(`guard ${index}`)))
    const answer = new Uint8Array(15 * 1024 * 1024)
    for (let round = 0; round < 2; round++) {
      await publishGated()
      for (const sink of sinks) sink.api.gateDone('audit', round + 1, answer)
      expect(outcome()).toMatchObject({
        answers: [{}, {}, {}, {}],
        missing: [{ subscriber: 'guard 4', reason: 'too-large' }],
      })
    }
  })

  it('opens at once if it has no subscribers', async () => {
    await hub.subscribe()
    await publishGated()
    expect(outcome()).toMatchObject({ seq: 1, answers: [], missing: [] })
  })

  it('names the subscribers that have not answered by the deadline', async () => {
    const [one] = [await answering('one'), await answering('late')]
    await publishGated('audit/1', 5000)
    one.api.gateDone('audit', 1, null)
    await hub.runtime.pass(4999)
    expect(outcome()).toBeUndefined()
    await hub.runtime.pass(1)
    expect(outcome()).toMatchObject({ missing: [{ subscriber: 'late', reason: 'timeout' }] })
  })

  it('waits no longer than the hub allows', async () => {
    await answering('late')
    await publishGated('audit/1', 3_600_000)
    await hub.runtime.pass(120_000)
    expect(outcome()).toMatchObject({ missing: [{ subscriber: 'late', reason: 'timeout' }] })
  })

  it('stops waiting for a subscriber that leaves', async () => {
    const [one, two] = [await answering('one'), await answering('two')]
    await publishGated()
    one.api.gateDone('audit', 1, null)
    two.api.close()
    expect(outcome()).toMatchObject({ missing: [{ subscriber: 'two', reason: 'left' }] })
  })

  it('takes one answer from each subscriber, and refuses one that nobody has asked for', async () => {
    const [one, two] = [await answering('one'), await answering('two')]
    const unknown = expect.objectContaining({ code: 'TCN_GATE_UNKNOWN' })
    await publishGated()
    one.api.gateDone('audit', 1, 'first')
    one.api.gateDone('audit', 1, 'second')
    expect(() => two.api.gateDone('other', 1, null)).toThrow(unknown)
    expect(() => two.api.gateDone('audit', 2, null)).toThrow(unknown)
    two.api.gateDone('audit', 1, null)
    expect(outcome()).toMatchObject({ answers: [{ answer: 'first' }, {}], missing: [] })
  })

  it('ignores an answer after the deadline, and waits for the subscriber at the next event', async () => {
    const late = await answering('late')
    await publishGated('audit/1', 5000)
    await hub.runtime.pass(5000)
    late.api.gateDone('audit', 1, 'too late')
    expect(outcome()).toMatchObject({ answers: [], missing: [{ subscriber: 'late', reason: 'timeout' }] })
    await publishGated('audit/2', 5000)
    late.api.gateDone('audit', 2, 'in time')
    expect(outcome()).toMatchObject({ answers: [{ answer: 'in time' }], missing: [] })
  })

  it('asks only subscribers whose filter and rights let them see the event', async () => {
    const asked = await answering('asked', 'partner')
    const elsewhere = await answering('elsewhere', 'admin', 'other/')
    const unentitled = await answering('unentitled', 'viewer')
    await publishGated('audit/1')
    expect([asked, elsewhere, unentitled].map((sink) => gateTold(sink).length)).toEqual([1, 0, 0])
    expect(unentitled.seqs).toEqual([1])
    asked.api.gateDone('audit', 1, null)
    expect(outcome()).toMatchObject({ answers: [{ subscriber: 'asked' }], missing: [] })
  })

  it('delays no other publisher, and no other event of the same publisher', async () => {
    const sink = await answering('one')
    publisher.api.gate('audit', 2)
    publisher.send({ tag: 'audit/1' }, { tag: 'audit/2' }, { tag: 'audit/3' })
    hub.store({ tag: 'audit/4' })
    await hub.runtime.settle()
    expect(sink.seqs).toEqual([1, 2, 3, 4])
    expect(gateTold(sink)).toEqual([{ type: 'gate', name: 'audit', seq: 2, deadline: 120_000 }])
    expect(publisher.take().at(-1)).toEqual(['accepted', 3, 3])
  })

  it('is announced to a subscriber that is behind once the event has reached it', async () => {
    hub = await TestBus.open({ limits: { queue: 10 } })
    publisher = hub.publisher()
    const sink = await answering('slow')
    sink.stall()
    await hub.publish('x')
    await publishGated('audit/2')
    expect(sink.story).toEqual(['live', 1])
    sink.drain()
    await hub.runtime.settle()
    expect(sink.story).toEqual(['live', 1, 2, 'gate', 'live'])
  })

  it('does not wait for an event that was refused', async () => {
    publisher = hub.publisher({ as: 'viewer' })
    await answering('one')
    publisher.api.gate('audit', 1)
    publisher.send({ tag: 'audit/1' })
    await hub.runtime.settle()
    expect(publisher.take()).toEqual([['refused', 1, 'TCN_ACCESS_DENIED', 'accept']])
    expect(publisher.api.gates).toBe(0)
  })

  it('does not wait for an event whose counter was skipped', async () => {
    publisher.api.gate('audit', 2)
    publisher.send({ tag: 'a', seq: 1 }, { tag: 'b', seq: 3 })
    expect(publisher.api.gates).toBe(0)
  })

  it('cannot be requested for an event that was already sent', async () => {
    publisher.send({ tag: 'a' })
    expect(() => publisher.api.gate('audit', 1)).toThrow(expect.objectContaining({ code: 'TCN_GATE_LATE' }))
  })

  it('is forgotten with its publisher', async () => {
    const sink = await answering('one')
    await publishGated()
    publisher.api.close()
    // An answer that was on its way is ignored.
    sink.api.gateDone('audit', 1, null)
    expect(outcome()).toBeUndefined()
    expect(hub.runtime.pending).toBe(1)
  })
})

it('gates are limited for each publisher and each subscriber', async () => {
  const many = expect.objectContaining({ code: 'TCN_PROTOCOL_TOO_MANY' })
  for (let counter = 1; counter <= 1000; counter++) publisher.api.gate('audit', counter)
  expect(() => publisher.api.gate('audit', 1001)).toThrow(many)
  const gates = Array.from({ length: 17 }, (_, i) => `gate ${i}`)
  await expect(hub.subscribe({ gates })).rejects.toMatchObject({ code: 'TCN_PROTOCOL_TOO_MANY' })
})

describe('open gates', () => {
  const MOST = 1000

  /** Opens a gate for each of `count` events, and returns the counters that were refused. */
  async function hold(count: number, by = publisher): Promise<unknown[]> {
    const { lastCounter } = by.api
    for (let counter = lastCounter + 1; counter <= lastCounter + count; counter++) {
      by.api.gate('audit', counter)
      by.send({ tag: 'audit/1', seq: counter })
    }
    await hub.runtime.settle()
    return by.take().flatMap(([what, counter, code]) => (what === 'refused' ? [[counter, code]] : []))
  }

  it('are limited for each principal: an event too many is refused until a gate is done', async () => {
    const sink = await answering('one')
    expect(await hold(MOST)).toEqual([])
    const another = hub.publisher()
    expect(await hold(1, another)).toEqual([[1, 'TCN_GATE_TOO_MANY']])
    expect(sink.seqs).toHaveLength(MOST)
    sink.api.gateDone('audit', 1, null)
    another.api.gate('audit', 2)
    another.send({ tag: 'audit/1', seq: 2 })
    await hub.runtime.settle()
    expect(another.take()).toEqual([['accepted', 2, MOST + 1]])
  })

  it('do not hinder events without a gate', async () => {
    await answering('one')
    await hold(MOST)
    publisher.send({ tag: 'audit/2' })
    await hub.runtime.settle()
    expect(publisher.take()).toEqual([['accepted', MOST + 1, MOST + 1]])
  })

  it('are limited for all principals together', async () => {
    const names = Array.from({ length: 11 }, (_, i) => `publisher-${i}`)
    hub = await TestBus.open({
      grants: Object.fromEntries(names.map((name) => [name, { publish: '*' }])),
    })
    await answering('one')
    const refused: unknown[] = []
    for (const as of names) refused.push(await hold(MOST, hub.publisher({ as })))
    expect(refused.slice(0, 10).flat()).toEqual([])
    expect(refused[10]).toHaveLength(MOST)
  })

  it.each<[string, (sink: TestSink) => void | Promise<void>]>([
    ['the publisher leaves', () => publisher.api.close()],
    ['the subscriber leaves', ({ api }) => api.close()],
    ['the deadline passes', () => hub.runtime.pass(120_000)],
  ])('make room for others when %s', async (_when, done) => {
    const sink = await answering('one')
    await hold(MOST)
    await done(sink)
    await answering('two')
    expect(await hold(MOST, hub.publisher())).toEqual([])
  })

  it('cost a subscriber that leaves nothing if they do not wait for it', async () => {
    await answering('one')
    const bystanders = await Promise.all(
      Array.from({ length: 10 }, () => hub.subscribe({ gates: ['other'] })),
    )
    await hold(MOST)
    const deletions = vi.spyOn(Set.prototype, 'delete')
    for (const { api } of bystanders) api.close()
    const steps = deletions.mock.calls.length
    deletions.mockRestore()
    expect(steps).toBeLessThan(100)
  })

  it('cost one look at each subscriber in a tick, however many wait for it', async () => {
    hub = await TestBus.open({ limits: { queue: 10 } })
    publisher = hub.publisher()
    const sink = await answering('slow')
    sink.stall()
    await hub.publish('x')
    await hold(MOST)
    const looks = vi.spyOn(sink.api as Subscription, 'cursor', 'get')
    await hub.publish('y')
    expect(looks.mock.calls.length).toBeLessThan(10)
    looks.mockRestore()
    sink.drain()
    await hub.runtime.settle()
    expect(gateTold(sink)).toHaveLength(MOST)
  })

  it('wait for a limited number of answers in total, and name the subscribers beyond as late', async () => {
    const { length } = await Promise.all(Array.from({ length: 150 }, (_, i) => answering(`${i}`)))
    await hold(700)
    const last = hub.publisher()
    last.api.gate('audit', 1)
    last.send({ tag: 'audit/1' })
    await hub.runtime.settle()
    const [, outcome] = last.take().find(([what]) => what === 'gateDone')!
    expect((outcome as GateOutcome).missing).toHaveLength(length)
  })
})
