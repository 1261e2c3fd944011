import { expect, test } from 'vitest'
import { encode } from '../../src/event/index.js'
import { formatTime } from '../../src/event/position.js'
import type { FilterCheckParams } from '../../src/methods/contract/index.js'
import { TestBus } from '../bus/fixture.js'
import { call } from './call.js'

const HOUR = 3600e6

async function twoKinds(): Promise<TestBus> {
  const hub = await TestBus.open({ grants: { some: { see: ['a/'] } } })
  for (const n of [1, 2, 3])
    hub.store({ tag: 'a/x', body: encode({ message: 'm', n, fields: { status: 200 } }) })
  hub.store({ tag: 'b/x', body: encode({ severity: 'err', secret: 1 }) })
  await hub.runtime.settle()
  return hub
}

const notes = async (hub: TestBus, params: FilterCheckParams, as?: string) =>
  (await call(hub, 'filters.check', params, as)).notes

test('a field that no event has is named, with the one that was probably meant', async () => {
  const hub = await twoKinds()
  expect(await notes(hub, { where: `data.mesage = 'x'` })).toEqual([
    'none of the 4 events has data.mesage; did you mean data.message?',
  ])
  expect(await notes(hub, { where: `sverity = 'err'` })).toEqual([
    'none of the 4 events has sverity; did you mean data.severity?',
  ])
  expect(await notes(hub, { filters: { exact: { 'data.satus': 200 } } })).toEqual([
    'none of the 4 events has data.satus; did you mean data.fields.status?',
  ])
  expect(await notes(hub, { fields: ['data.unlike'] })).toEqual(['none of the 4 events has data.unlike'])
})

test('only events that the rest of the filter matches are looked at', async () => {
  const hub = await twoKinds()
  expect(await notes(hub, { filters: 'a/', where: `data.severity = 'err'` })).toEqual([
    'none of the 3 events has data.severity',
  ])
  expect(await notes(hub, { filters: 'b/', where: `data.severity = 'err'` })).toEqual([])
  expect(await notes(hub, { filters: 'c/', where: `data.severity = 'err'` })).toEqual([])
})

test('a comparison that cannot match is named, and so is the reason', async () => {
  const hub = await twoKinds()
  expect(await notes(hub, { where: `data.n = 'high'` })).toEqual([
    `data.n = 'high' can match none of the 4 events: data.n is always a number`,
  ])
  expect(await notes(hub, { where: `data.message > 5` })).toEqual([
    'data.message > 5 can match none of the 4 events: data.message is always a text',
  ])
  expect(await notes(hub, { filters: 'c/', where: `data.n >= 'high'` })).toEqual([
    expect.stringContaining(`data.n >= 'high' can never match`),
  ])
})

test('nothing is said of events that the caller may not see', async () => {
  const hub = await twoKinds()
  expect(await notes(hub, { where: 'data.secrets = 1' })).toEqual([
    'none of the 4 events has data.secrets; did you mean data.secret?',
  ])
  expect(await notes(hub, { where: 'data.secrets = 1' }, 'some')).toEqual([
    'none of the 3 events has data.secrets',
  ])
})

test('a range is one by the time of storing, or by the time of the events', async () => {
  const hub = await twoKinds()
  const past = hub.runtime.now() - 24 * HOUR
  hub.store({ tag: 'a/x', attributes: encode({ time: formatTime(past) }), body: encode({ old: 1 }) })
  await hub.runtime.settle()
  const range = { from: formatTime(past - HOUR), to: formatTime(past + HOUR) }
  expect(await notes(hub, { ...range, where: 'data.n = 1' })).toEqual([])
  expect(await notes(hub, { ...range, where: 'data.n = 1', time: 'event' })).toEqual([
    'none of the 1 event has data.n',
  ])
  expect(await notes(hub, { from: '@5', where: 'data.n = 1' })).toEqual(['none of the 1 event has data.n'])
})

test('an explanation says it too, if no event matches', async () => {
  const hub = await twoKinds()
  const explained = (where: string) =>
    call(hub, 'filters.explain', { filters: { sql: where }, from: 'start' })
  expect(await explained(`data.mesage = 'x'`)).toMatchObject({
    count: { matched: 0, seen: 4 },
    notes: ['none of the 4 events has data.mesage; did you mean data.message?'],
  })
  expect(await explained('data.n = 2')).not.toHaveProperty('notes')
  const certain = await call(hub, 'filters.explain', { filters: { sql: `data.n > 'x'` } })
  expect(certain.notes).toEqual([expect.stringContaining('can never match')])
})
