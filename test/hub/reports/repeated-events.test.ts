import { beforeEach, expect, it } from 'vitest'
import { RepeatedEvents } from '../../../src/hub/reports/repeated-events.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'

let runtime: FakeRuntime
let emitted: { tag: string; data: Record<string, unknown> }[]
let events: RepeatedEvents

beforeEach(() => {
  runtime = new FakeRuntime()
  emitted = []
  events = new RepeatedEvents(runtime, (event) => emitted.push(event))
})

const add = (who: string) => events.add({ tag: 'x', data: { who } }, who, { all: 'others' })
const counts = () => emitted.map(({ data }) => [data.who, data.count])

it('publishes an event at once, and its repetitions once a second as a count', () => {
  for (let n = 0; n < 1000; n++) add('a')
  expect(counts()).toEqual([['a', 1]])
  runtime.advance(1000)
  expect(counts()).toEqual([
    ['a', 1],
    ['a', 999],
  ])
  add('a')
  expect(emitted).toHaveLength(2)
  runtime.advance(1000)
  expect(counts().at(-1)).toEqual(['a', 1])
})

it('publishes the next one at once when there was none for a second', () => {
  add('a')
  runtime.advance(1000)
  add('a')
  expect(counts()).toEqual([
    ['a', 1],
    ['a', 1],
  ])
})

it('counts what comes from too many peers in one event a second, and loses none', () => {
  for (let n = 0; n < 5000; n++) add(`peer ${n}`)
  expect(emitted).toHaveLength(20)
  runtime.advance(1000)
  expect(emitted).toHaveLength(21)
  expect(emitted[20]).toEqual({ tag: 'x', data: { all: 'others', count: 4980 } })
  runtime.advance(1000)
  add('somebody new')
  expect(counts().at(-1)).toEqual(['somebody new', 1])
})
