import { expect, test } from 'vitest'
import type { Format } from '../../src/bus/sink.js'
import { iterateFrames } from '../../src/event/index.js'
import { TestBus } from './fixture.js'

/** A format with a fault: it cannot write events with this tag. */
const broken: Format = {
  name: 'broken',
  encode(frames) {
    for (const { tag } of iterateFrames(frames)) if (tag === 'bad') throw new Error('no text')
    return frames
  },
}
const fault = { code: 'TCN_INTERNAL', message: expect.stringContaining('no text') }

test('an event that a format cannot write ends those that get it in this format, and nobody else', async () => {
  const hub = await TestBus.open()
  const [one, two] = [await hub.subscribe({ format: broken }), await hub.subscribe({ format: broken })]
  const others = [await hub.subscribe(), await hub.subscribe({ filters: ['b*'] })]
  await hub.publish('a', 'bad', 'b')
  for (const sink of [one, two]) expect(sink.ended).toMatchObject(fault)
  expect(others.map(({ seqs }) => seqs)).toEqual([
    [1, 2, 3],
    [2, 3],
  ])
  await hub.publish('b')
  expect(others.map(({ seqs }) => seqs.at(-1))).toEqual([4, 4])
})

test('an event that a format cannot write ends a subscription that catches up', async () => {
  const hub = await TestBus.open()
  await hub.publish('a', 'bad')
  const sink = await hub.subscribe({ format: broken, from: 'start' })
  expect(sink.ended).toMatchObject(fault)
  const next = await hub.subscribe({ format: broken, from: hub.cursor(2) })
  await hub.publish('b')
  expect(next.seqs).toEqual([3])
})

test('an event that a format cannot write goes from one connection of a consumer to another', async () => {
  const hub = await TestBus.open()
  const member = await hub.subscribe({ consumer: 'work', format: broken })
  await hub.publish('bad')
  expect(member.ended).toMatchObject(fault)
  const other = await hub.subscribe({ consumer: 'work' })
  await hub.publish('b')
  hub.runtime.advance(2_000_000)
  await hub.runtime.settle()
  expect(new Set(other.seqs)).toEqual(new Set([1, 2]))
})
