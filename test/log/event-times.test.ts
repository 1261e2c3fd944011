import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MOST_AHEAD } from '../../src/event/plausible-time.js'
import type { EventTimes } from '../../src/log/event-log.js'
import { EventTimeSpans, mergedTimes, timesOf } from '../../src/log/event-times.js'

function spansOf(...times: number[]): EventTimes {
  const spans = new EventTimeSpans()
  for (const time of times) spans.add(time)
  return spans.times()
}

function covers({ spans }: EventTimes, time: number): boolean {
  return spans.some(({ from, to }) => from <= time && time <= to)
}

const anyTimes = fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 40 })

test('the times of a chunk are in two spans, cut at the widest gap', () => {
  expect(spansOf()).toEqual({ count: 0, spans: [] })
  expect(spansOf(7, 7)).toEqual({ count: 2, spans: [{ from: 7, to: 7 }] })
  const spans = [
    { from: 10, to: 14 },
    { from: 90, to: 93 },
  ]
  for (const times of [
    [10, 12, 14, 90, 92, 93],
    [93, 92, 90, 14, 12, 10],
    [90, 10, 92, 12, 14, 93],
    [10, 11, 90, 93, 14],
  ])
    expect(spansOf(...times), String(times)).toEqual({ count: times.length, spans })
})

test('every time is in one of the spans, which neither overlap nor are more than two', () => {
  fc.assert(
    fc.property(anyTimes, anyTimes, (one, other) => {
      const merged = mergedTimes(spansOf(...one), spansOf(...other))!
      for (const found of [spansOf(...one, ...other), merged]) {
        expect(found.count).toBe(one.length + other.length)
        expect([...one, ...other].every((time) => covers(found, time))).toBe(true)
        expect(found.spans.length).toBeLessThanOrEqual(2)
        if (found.spans.length === 2) expect(found.spans[0].to).toBeLessThan(found.spans[1].from)
      }
    }),
  )
})

test('spans that are cleared begin again', () => {
  const spans = new EventTimeSpans()
  spans.add(5)
  spans.clear()
  expect(spans.times()).toEqual({ count: 0, spans: [] })
  spans.add(0)
  expect(spans.times()).toEqual({ count: 1, spans: [{ from: 0, to: 0 }] })
})

test('events of a chunk happened in its spans, or when they were stored', () => {
  const chunk = { count: 3, firstTime: 50, lastTime: 60 }
  const own = (count: number) => ({ count, spans: [{ from: 1, to: 2 }] })
  expect(timesOf({ ...chunk, eventTimes: own(3) })).toEqual([{ from: 1, to: 2 }])
  expect(timesOf({ ...chunk, eventTimes: own(2) })).toEqual([
    { from: 1, to: 2 },
    { from: 50, to: 60 },
  ])
  const wide = { count: 2, spans: [{ from: 40, to: 55 }] }
  expect(timesOf({ ...chunk, eventTimes: wide })).toEqual([{ from: 40, to: 60 }])
})

test('of a chunk without spans only the latest possible time is known', () => {
  expect(timesOf({ count: 3, firstTime: 50, lastTime: 60 })).toEqual([{ from: 0, to: 60 + MOST_AHEAD }])
  expect(mergedTimes(spansOf(1), undefined)).toBeUndefined()
})
