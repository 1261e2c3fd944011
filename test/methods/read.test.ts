import { expect, test } from 'vitest'
import { encodeAttributes } from '../../src/event/attributes.js'
import { encode, iterateFrames } from '../../src/event/index.js'
import type { EventPage } from '../../src/methods/contract/index.js'
import { TestBus } from '../bus/fixture.js'
import { call } from './call.js'

const ten = Array.from({ length: 10 }, (_, nth) => `t/${nth + 1}`)

test('pages forwards contain every event once, in order', async () => {
  const hub = await opened(...ten)
  const pages: number[][] = []
  let from: string | undefined = 'start'
  while (from !== undefined) {
    const page: EventPage = await call(hub, 'events.read', { from, limit: 4 })
    pages.push(seqs(page))
    from = page.next
  }
  expect(pages).toEqual([
    [1, 2, 3, 4],
    [5, 6, 7, 8],
    [9, 10],
  ])
})

test('pages backwards contain the newest event first, down to the start', async () => {
  const hub = await opened(...ten)
  const first = await call(hub, 'events.read', { before: 'end', limit: 4 })
  expect(seqs(first)).toEqual([10, 9, 8, 7])
  const second = await call(hub, 'events.read', { before: first.next, limit: 4 })
  expect(seqs(second)).toEqual([6, 5, 4, 3])
  const third = await call(hub, 'events.read', { before: second.next, limit: 4 })
  expect(seqs(third)).toEqual([2, 1])
  expect(third.next).toBeUndefined()
})

test('a subscription from the cursor of a page continues after the newest examined event', async () => {
  const hub = await opened(...ten)
  for (const before of [undefined, 'end']) {
    const { cursor } = await call(hub, 'events.read', { before })
    expect(cursor).toBe(hub.cursor(10))
  }
  expect((await call(hub, 'events.read', { limit: 3 })).cursor).toBe(hub.cursor(3))
})

test('a page contains only what matches, within the range, and what the caller may see', async () => {
  const hub = await opened('a/1', 'b/1', 'a/2', 'b/2', 'a/3')
  expect(seqs(await call(hub, 'events.read', { filters: 'a/' }))).toEqual([1, 3, 5])
  expect(seqs(await call(hub, 'events.read', { filters: 'a/', from: '@2', to: '@4' }))).toEqual([3])
  expect(seqs(await call(hub, 'events.read', { from: hub.cursor(3) }))).toEqual([4, 5])
  expect(seqs(await call(hub, 'events.read', {}, 'reader'))).toEqual([2, 4])
  expect(seqs(await call(hub, 'events.read', { filters: 'a/' }, 'reader'))).toEqual([])
})

test('events too large for one page follow on the next one, each once, in both directions', async () => {
  const hub = await opened()
  hub.store(...ten.map((tag) => ({ tag, body: encode('x'.repeat(400_000)) })))
  await hub.runtime.settle()
  for (const backwards of [false, true]) {
    const found: number[] = []
    let at: string | undefined = backwards ? 'end' : 'start'
    while (at !== undefined) {
      const page: EventPage = await call(hub, 'events.read', backwards ? { before: at } : { from: at })
      expect(page.count).toBeLessThanOrEqual(2)
      found.push(...seqs(page))
      at = page.next
    }
    expect(found).toEqual(backwards ? [10, 9, 8, 7, 6, 5, 4, 3, 2, 1] : [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  }
})

test('a cursor of another log returns a gap and nothing else', async () => {
  const hub = await opened(...ten)
  const page = await call(hub, 'events.read', { from: 'zzzzzzzzzzzzz-3' })
  expect(page.gaps).toEqual([{ from: 0, to: 0, reason: 'unknown-epoch' }])
  expect(page.count).toBe(0)
  const before = await call(hub, 'events.read', { before: 'zzzzzzzzzzzzz-3' })
  expect(before.gaps).toEqual([{ from: 0, to: 0, reason: 'unknown-epoch' }])
})

test('events are ordered and found by the time of the log, whatever time a publisher says', async () => {
  const hub = await opened('first')
  const said = ['1970-01-01T00:00:00Z', '2099-01-01T00:00:00Z']
  for (const time of said) hub.store({ tag: 'odd', attributes: encodeAttributes({ time }) })
  await hub.runtime.settle()
  hub.runtime.setClock(hub.runtime.now() + 3_600_000_000)
  await hub.publish('last')
  expect(seqs(await call(hub, 'events.read', { from: '-1m' }))).toEqual([4])
  expect(seqs(await call(hub, 'events.read', { from: '-2h', to: '-30m' }))).toEqual([1, 2, 3])
  const { frames } = await call(hub, 'events.read', {})
  expect([...iterateFrames(frames)].map(({ attributes }) => attributes.time)).toEqual([
    undefined,
    ...said,
    undefined,
  ])
})

test('invalid parameters are rejected with specific errors', async () => {
  const hub = await opened()
  await expect(call(hub, 'events.read', { limit: 0 })).rejects.toMatchObject({ code: 'TCN_METHOD_PARAMS' })
  await expect(call(hub, 'events.read', { from: 'soon' })).rejects.toMatchObject({
    code: 'TCN_RANGE_INVALID',
  })
})

async function opened(...tags: string[]): Promise<TestBus> {
  const hub = await TestBus.open({ grants: { reader: { see: ['b/'] } } })
  await hub.publish(...tags)
  return hub
}

function seqs({ frames }: EventPage): number[] {
  return [...iterateFrames(frames)].map(({ seq }) => seq)
}
