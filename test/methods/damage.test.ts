import { beforeEach, expect, test } from 'vitest'
import { damage } from '../bus/damaged-log.js'
import { TestBus } from '../bus/fixture.js'
import { call } from './call.js'

let hub: TestBus

/** Nine events, one a second; those from 4 to 6 are damaged. */
beforeEach(async () => {
  hub = await TestBus.open()
  for (let seq = 1; seq <= 9; seq++) {
    await hub.publish(`t/${seq}`)
    hub.runtime.advance(1000)
  }
  damage(hub.log, 4, 6)
})

test('a page lists damaged events as a gap, and has the events around them, in both directions', async () => {
  const gaps = [{ from: 4, to: 6, reason: 'damaged' }]
  const page = await call(hub, 'events.read', { from: 'start' })
  expect(page).toMatchObject({ count: 6, gaps, cursor: hub.cursor(9) })
  expect(page.next).toBeUndefined()
  expect(await call(hub, 'events.read', { before: 'end' })).toMatchObject({ count: 6, gaps })
  const first = await call(hub, 'events.read', { from: 'start', limit: 3 })
  expect(first).toMatchObject({ count: 3, gaps: [] })
  expect(await call(hub, 'events.read', { from: first.next })).toMatchObject({ count: 3, gaps })
})

test('completion and counts skip damaged events, and are not exact', async () => {
  expect(await call(hub, 'tags.complete', { prefix: '' })).toMatchObject({
    tags: [{ count: 6 }],
    exact: false,
  })
  const facets = await call(hub, 'events.facets', { field: 'tag', from: 'start' })
  expect(facets).toMatchObject({ atLeast: 6, exact: false })
  expect(facets.total).toBeUndefined()
  for (let asked = 0; asked < 2; asked++) {
    const histogram = await call(hub, 'events.histogram', { from: 'start' })
    expect(histogram).toMatchObject({ atLeast: 6, exact: false })
    expect(histogram.total).toBeUndefined()
  }
  const sound = await call(hub, 'events.facets', { field: 'tag', from: '@7' })
  expect(sound).toMatchObject({ total: 3, exact: true })
})

test('one event that is damaged is an error, and does not tell more than its place', async () => {
  const asked = call(hub, 'events.get', { cursor: hub.cursor(5) })
  await expect(asked).rejects.toMatchObject({ code: 'TCN_LOG_CORRUPT' })
})
