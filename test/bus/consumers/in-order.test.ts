import { beforeEach, expect, it } from 'vitest'
import { admin, consumer, done, hub, join, open, publishMany, restart } from './fixture.js'

beforeEach(() => open())

const inOrder = { inOrder: true }

it('a member in order may work on an event as long as it wants', async () => {
  const sink = await join(inOrder)
  await hub.publish('a/1', 'a/2')
  await hub.runtime.advance(3_600_000)
  expect(sink.seqs).toEqual([1, 2])
  done(sink, 1, 2)
  expect(consumer().settledUpTo).toBe(2)
})

it('a member in order that comes back begins with the first event that is not settled', async () => {
  const first = await join(inOrder)
  await hub.publish('a/1', 'a/2', 'a/3', 'a/4')
  done(first, 1, 3)
  first.api.close()
  await hub.publish('a/5')
  const second = await join(inOrder)
  expect(second.seqs).toEqual([2, 3, 4, 5])
})

it('a member in order begins with the first event that is not settled after a restart', async () => {
  const first = await join(inOrder)
  await hub.publish('a/1', 'a/2', 'a/3')
  done(first, 1)
  await restart()
  await hub.publish('a/4')
  expect((await join(inOrder)).seqs).toEqual([2, 3, 4])
})

it('an event that a member in order has parked does not come again with those after it', async () => {
  const first = await join(inOrder)
  await hub.publish('a/1', 'a/2', 'a/3')
  first.api.ack([1], 'park', { reason: 'refused' })
  first.api.close()
  await hub.runtime.settle()
  const second = await join(inOrder)
  await hub.runtime.settle()
  expect(second.seqs).toEqual([2, 3])
  expect(hub.bus.consumers.parked.countOf('work')).toBe(1)
})

it('a member in order that takes nothing has a bounded number of events', async () => {
  await open({ limits: { unacknowledged: 10 } })
  const sink = await join(inOrder)
  publishMany(100)
  await hub.runtime.settle()
  expect(sink.seqs).toHaveLength(10)
})

it('a consumer continues at its position with another filter', async () => {
  const sink = await join({ filters: 'a/' })
  await hub.publish('a/1', 'a/2', 'b/3')
  done(sink, 1)
  await hub.bus.consumers.changeFilter(admin(), 'work', 'b/')
  expect(sink.ended).toMatchObject({ code: 'TCN_CONSUMER_CONFLICT' })
  await hub.publish('b/4')
  expect((await join({ ...inOrder, filters: 'b/' })).seqs).toEqual([3, 4])
})

it('a consumer keeps its changed filter when the hub is restarted', async () => {
  await hub.bus.consumers.create(admin(), { name: 'work', filters: 'a/' })
  await hub.bus.consumers.changeFilter(admin(), 'work', 'b/')
  await restart()
  await hub.publish('a/1', 'b/2')
  expect((await join({ filters: 'b/' })).seqs).toEqual([2])
})
