import { beforeEach, expect, it } from 'vitest'
import type { PushItem } from '../../src/devices/item.js'
import { PushEvents } from '../../src/devices/push-events.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'

let runtime: FakeRuntime
let told: string[]
let noted: unknown[]
let isFull: boolean
let events: PushEvents

const itemOf = (device: string): PushItem => ({
  ...{ id: 1, device, user: 'ops', usid: 1, change: '<a/>', confirm: 60 },
  ...{ state: 'waiting', since: 1, attempts: 0 },
})

beforeEach(() => {
  runtime = new FakeRuntime()
  told = []
  noted = []
  isFull = false
  events = new PushEvents({
    runtime,
    publish({ tag }) {
      if (!isFull && tag.includes('/bad/')) throw new Error('it cannot be an event')
      return !isFull && told.push(tag.slice('hub/push/'.length)) > 0
    },
    note: (thrown) => void noted.push(thrown),
  })
})

it('while the log is full, the last state of each change waits, in the order of these states', () => {
  isFull = true
  events.tell(itemOf('r1'), 'waiting')
  events.tell(itemOf('r2'), 'waiting')
  events.tell(itemOf('r1'), 'completed')
  runtime.advance(5_000)
  isFull = false
  runtime.advance(1_000)
  expect(told).toEqual(['r2/waiting', 'r1/completed'])
})

it('what waits is tried once more at the stop, and not after it', () => {
  isFull = true
  events.tell(itemOf('r1'), 'executing')
  events.stop()
  events.tell(itemOf('r2'), 'waiting')
  isFull = false
  runtime.advance(60_000)
  expect(told).toEqual([])
  events.stop()
  expect(told).toEqual(['r1/executing', 'r2/waiting'])
})

it('one that cannot be an event is a fault, and does not hold up the others', () => {
  for (const device of ['bad', 'r1']) events.tell(itemOf(device), 'waiting')
  expect(noted).toEqual([new Error('it cannot be an event')])
  expect(told).toEqual(['r1/waiting'])
})

it('nor does it hold up those that wait behind it, or the one that comes next', () => {
  isFull = true
  for (const device of ['r1', 'bad', 'r2']) events.tell(itemOf(device), 'waiting')
  isFull = false
  events.tell(itemOf('r3'), 'waiting')
  expect(told).toEqual(['r1/waiting', 'r2/waiting', 'r3/waiting'])
  expect(noted).toHaveLength(1)
})
