import { expect, test } from 'vitest'
import type { MethodName } from '../../src/methods/contract/index.js'
import { TestBus } from '../bus/fixture.js'
import { call } from './call.js'

const asked: [MethodName, Record<string, unknown>][] = [
  ['events.read', {}],
  ['events.histogram', {}],
  ['events.facets', { field: 'kind' }],
  ['events.late', {}],
  ['tags.complete', { prefix: '' }],
  ['filters.check', { fields: ['data.x'] }],
  ['gaps.list', {}],
]

test.each(asked)('%s refuses a range in which no event can be, and says why', async (name, params) => {
  const hub = await TestBus.open()
  const ask = (range: object) => call(hub, name, { ...params, ...range } as never)
  const reversed = ask({ from: '-1h', to: '-2h' })
  await expect(reversed).rejects.toMatchObject({ code: 'TCN_RANGE_INVALID' })
  await expect(reversed).rejects.toThrow('the range ends before it begins')
  await expect(ask({ from: '2101-01-01T00:00Z' })).rejects.toThrow('2101-01-01T00:00Z is still to come')
  await expect(ask({ from: '-2h', to: '-1h' })).resolves.toBeDefined()
})

test('a page that is read backwards from before its lower end is refused', async () => {
  const hub = await TestBus.open()
  const page = call(hub, 'events.read', { from: '-1h', before: '-2h' })
  await expect(page).rejects.toThrow('the range ends before it begins')
})

test('events that happened in the next day may be asked for by their time', async () => {
  const hub = await TestBus.open()
  const from = new Date(hub.runtime.now() / 1000 + 3600e3).toISOString()
  expect(await call(hub, 'events.read', { from, time: 'event' })).toMatchObject({ count: 0 })
  await expect(call(hub, 'events.read', { from })).rejects.toThrow('is still to come')
})

test('a durable consumer does not begin at a time to come', async () => {
  const hub = await TestBus.open()
  const create = call(hub, 'consumers.create', { name: 'late', filters: 'a/', from: '2101-01-01' })
  await expect(create).rejects.toThrow('is still to come')
})
