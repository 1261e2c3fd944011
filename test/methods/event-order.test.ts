import { expect, test } from 'vitest'
import { encode, iterateFrames } from '../../src/event/index.js'
import { formatTime } from '../../src/event/position.js'
import type { ReadParams } from '../../src/methods/contract/index.js'
import { TestBus } from '../bus/fixture.js'
import { call, caller } from './call.js'

const SECOND = 1e6
const HOUR = 3600 * SECOND

/** Events that happened in the past, in another order than that in which they are stored, and one of now. */
async function readLater(): Promise<{ hub: TestBus; noon: number }> {
  const hub = await TestBus.open({ grants: { some: { see: ['b/'] } } })
  const noon = hub.runtime.now() - 24 * HOUR
  for (const [nth, seconds] of [5, 1, 3, 0, 2, 4].entries()) {
    const attributes = encode({ time: formatTime(noon + seconds * SECOND) })
    hub.store({ tag: nth % 2 === 0 ? 'a/x' : 'b/x', attributes, body: encode(seconds) })
  }
  await hub.publish('a/now')
  return { hub, noon }
}

async function read(hub: TestBus, params: ReadParams, as?: string): Promise<unknown[]> {
  const ask = caller(hub)
  const found: unknown[] = []
  for (let more: string | undefined; ; ) {
    const page = await ask(
      'events.read',
      { ...params, time: 'event', ...(more !== undefined && { more }) },
      as,
    )
    const events = [...iterateFrames(page.frames)]
    expect(events.length).toBe(page.count)
    expect(page.cursor).toBe(hub.cursor(7))
    found.push(...events.map(({ data }) => data))
    more = page.next
    if (more === undefined) return found
  }
}

test('pages of any size have the events in the order in which they happened', async () => {
  const { hub } = await readLater()
  for (const limit of [1, 2, 5, 7, 100, 5000]) {
    expect(await read(hub, { limit })).toEqual([0, 1, 2, 3, 4, 5, null])
    expect(await read(hub, { limit, before: 'end' })).toEqual([null, 5, 4, 3, 2, 1, 0])
  }
})

test('a range, filters and rights choose among them', async () => {
  const { hub, noon } = await readLater()
  const range = { from: formatTime(noon + SECOND), to: formatTime(noon + 4 * SECOND) }
  expect(await read(hub, { ...range, limit: 2 })).toEqual([1, 2, 3, 4])
  expect(await read(hub, { ...range, before: range.to, limit: 2 })).toEqual([3, 2, 1])
  expect(await read(hub, { ...range, filters: 'a/' })).toEqual([2, 3])
  expect(await read(hub, range, 'some')).toEqual([1, 4])
  expect(await read(hub, { from: '-1h' })).toEqual([null])
  expect(await read(hub, { to: '-1h', limit: 3 })).toEqual([0, 1, 2, 3, 4, 5])
  // An event stands for the time at which it happened.
  expect(await read(hub, { from: '@3' })).toEqual([3, 4, 5, null])
  expect(await read(hub, { to: '@3' })).toEqual([0, 1, 2, 3])
})

test('what is stored after the first page is in none of the following ones', async () => {
  const { hub, noon } = await readLater()
  const ask = caller(hub)
  const first = await ask('events.read', { time: 'event', limit: 2 })
  hub.store({
    tag: 'a/x',
    attributes: encode({ time: formatTime(noon + 3.5 * SECOND) }),
    body: encode('late'),
  })
  await hub.runtime.settle()
  const rest = await ask('events.read', { time: 'event', limit: 2000, more: first.next })
  expect([...iterateFrames(rest.frames)].map(({ data }) => data)).toEqual([2, 3, 4, 5, null])
  expect(rest.cursor).toBe(hub.cursor(7))
  expect(await call(hub, 'events.read', { time: 'event' })).toMatchObject({ count: 8 })
})

test('a page continues even if the hub has forgotten what it had read ahead', async () => {
  const { hub } = await readLater()
  const body = encode('x'.repeat(400_000))
  hub.store(...Array.from({ length: 6 }, () => ({ tag: 'c/x', body })))
  await hub.runtime.settle()
  const ask = caller(hub)
  const first = await ask('events.read', { time: 'event', filters: 'c/', limit: 1000 })
  hub.runtime.advance(60_000)
  await hub.runtime.settle()
  const second = await ask('events.read', { time: 'event', filters: 'c/', limit: 1000, more: first.next })
  const third = await ask('events.read', { time: 'event', filters: 'c/', limit: 1000, more: second.next })
  expect([first, second, third].map(({ count }) => count)).toEqual([2, 2, 2])
  expect(third.next).toBeUndefined()
})

test('matches and tags of a period are counted by the time at which events happened', async () => {
  const { hub, noon } = await readLater()
  const range = { from: formatTime(noon + SECOND), to: formatTime(noon + 4 * SECOND) }
  const explained = (more: object, as?: string) =>
    call(hub, 'filters.explain', { filters: 'a/', ...range, ...more }, as)
  expect(await explained({ time: 'event' })).toMatchObject({ count: { matched: 2, seen: 4, exact: true } })
  expect(await explained({})).toMatchObject({ count: { matched: 0, seen: 0 } })
  expect(await explained({ time: 'event' }, 'some')).toMatchObject({ count: { matched: 0, seen: 2 } })
  const tags = (more: object) => call(hub, 'tags.complete', { prefix: '', ...range, ...more })
  expect(await tags({ time: 'event' })).toEqual({
    tags: [
      { text: 'a/', count: 2, complete: false },
      { text: 'b/', count: 2, complete: false },
    ],
    exact: true,
  })
  expect(await tags({})).toEqual({ tags: [], exact: true })
  expect(await call(hub, 'tags.complete', { prefix: 'a/', from: '-1h' })).toMatchObject({
    tags: expect.arrayContaining([{ text: 'a/now', count: 1, complete: true }]),
  })
})

test('a text that is not the next of a page is refused', async () => {
  const { hub } = await readLater()
  for (const more of ['', '7', '7.1', '7.1.x', `7.1.${'9'.repeat(16)}`])
    await expect(call(hub, 'events.read', { time: 'event', more })).rejects.toMatchObject({
      code: 'TCN_METHOD_PARAMS',
    })
})

test('events that happened in a period and were stored after it are counted', async () => {
  const { hub, noon } = await readLater()
  const range = { from: formatTime(noon + SECOND), to: formatTime(noon + 4 * SECOND) }
  expect(await call(hub, 'events.late', range)).toEqual({ count: 3, exact: true })
  expect(await call(hub, 'events.late', { ...range, filters: 'b/' })).toEqual({ count: 1, exact: true })
  expect(await call(hub, 'events.late', range, 'some')).toEqual({ count: 1, exact: true })
  expect(await call(hub, 'events.late', {})).toEqual({ count: 0, exact: true })
  expect(await call(hub, 'events.histogram', { ...range, time: 'event' })).toMatchObject({ total: 3 })
  expect(await call(hub, 'events.histogram', range)).toMatchObject({ total: 0 })
})
