import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type EventPlace, nextInOrder } from '../../src/bus/event-order.js'
import { TickBudget } from '../../src/bus/tick-budget.js'
import { encode, encodeFrame } from '../../src/event/index.js'
import { formatTime } from '../../src/event/position.js'
import { compileFilter, parseFilter } from '../../src/filter/index.js'
import type { EventLog, ReadLimits } from '../../src/log/event-log.js'
import { clockByHand } from '../helpers/fake-runtime.js'
import { realRuntime } from '../helpers/real-runtime.js'
import { repeats } from '../helpers/repeats.js'
import { openLmdb } from '../log/lmdb-folder.js'
import { typeOf } from './fixture.js'

const all = compileFilter(parseFilter(undefined), { typeOf })
const some = compileFilter(parseFilter('b/'), { typeOf })
const budget = new TickBudget(realRuntime, { catchUpPerTick: 1 << 20 })
const HOUR = 3600e6

/** Stores events that happened at these times; those without a time happen when they are stored. */
async function store(log: EventLog, times: readonly (number | undefined)[], bytes = 10): Promise<void> {
  for (const [nth, time] of times.entries()) {
    const attributes = time === undefined ? undefined : encode({ time: formatTime(time) })
    const tag = nth % 3 === 0 ? 'b/x' : 'a/x'
    const frame = encodeFrame({ tag, attributes, body: encode('x'.repeat(bytes)) })
    await new Promise<void>((done) =>
      log.append({ bytes: frame, count: 1, firstSeq: 0, lastSeq: 0 }, () => done()),
    )
  }
}

/** Reads the whole order, window by window. */
async function places(
  log: EventLog,
  options: { from?: number; to?: number; backwards?: boolean; most?: number; matcher?: typeof all } = {},
): Promise<EventPlace[]> {
  const { from = 0, to = Number.POSITIVE_INFINITY, backwards = false, most, matcher = all } = options
  const found: EventPlace[] = []
  const work = { bytes: Number.POSITIVE_INFINITY, budget, principal: 'p' }
  for (;;) {
    const range = { seqs: { from: log.first, to: log.last }, from, to, backwards, after: found.at(-1) }
    const { events, more } = await nextInOrder(log, range, matcher, work, most)
    found.push(...events.map(({ time, seq }) => ({ time, seq })))
    if (!more) return found
    expect(events.length).toBeGreaterThan(0)
  }
}

/** Counts the bytes that are read of a log. */
function counted(log: EventLog): { log: EventLog; reads: number[] } {
  const reads: number[] = []
  const read = (from: number, limits: ReadLimits) => {
    reads.push(from)
    return log.read(from, limits)
  }
  return { log: new Proxy(log, { get: (of, name) => (name === 'read' ? read : bound(of, name)) }), reads }
}

function bound(of: EventLog, name: string | symbol): unknown {
  const value = Reflect.get(of, name, of)
  return typeof value === 'function' ? value.bind(of) : value
}

test('events come in the order in which they happened, whatever the windows, ranges and filters', async () => {
  const times = fc.array(fc.option(fc.integer({ min: 0, max: 40 }), { nil: undefined }), { maxLength: 60 })
  const options = fc.record({
    most: fc.integer({ min: 1, max: 9 }),
    from: fc.integer({ min: 0, max: 50 }),
    span: fc.integer({ min: 0, max: 60 }),
    backwards: fc.boolean(),
    isFiltered: fc.boolean(),
    flushed: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(times, options, async (when, { most, from, span, backwards, isFiltered, flushed }) => {
      const runtime = clockByHand()
      const log = await openLmdb({ runtime, segment: { bytes: 700 } })
      const base = runtime.now() - 100e6
      const given = when.map((time) => (time === undefined ? undefined : base + time * 1e6))
      await store(log, given)
      if (flushed && when.length > 0) await log.durable(log.last)
      const matcher = isFiltered ? some : all
      const range = { from: base + from * 1e6, to: base + (from + span) * 1e6 }
      const expected = given
        .map((time, nth) => ({ time: time ?? runtime.now(), seq: nth + 1 }))
        .filter(({ time, seq }) => time >= range.from && time < range.to && (!isFiltered || seq % 3 === 1))
        .sort((one, other) => one.time - other.time || one.seq - other.seq)
      const found = await places(log, { ...range, backwards, most, matcher })
      expect(found).toEqual(backwards ? expected.toReversed() : expected)
      await log.close()
    }),
    { numRuns: repeats(5, 400) },
  )
})

test('of yesterday’s lines with events of now among them, only the chunks of the range are read', async () => {
  const runtime = clockByHand()
  const log = await openLmdb({ runtime })
  const yesterday = runtime.now() - 24 * HOUR
  // Twenty chunks of an hour of lines each, with a live event in every one.
  const lines = Array.from({ length: 20 }, (_, hour) => [
    ...Array.from({ length: 9 }, (_, nth) => yesterday + hour * HOUR + nth * 60e6),
    undefined,
  ])
  await store(log, lines.flat(), 28_000)
  await log.durable(log.last)
  const { log: watched, reads } = counted(log)
  const from = yesterday + 7 * HOUR
  const found = await places(watched, { from, to: from + 10 * 60e6 })
  expect(found.map(({ time }) => time)).toEqual(Array.from({ length: 9 }, (_, nth) => from + nth * 60e6))
  expect(reads.length).toBeLessThanOrEqual(3)
  reads.length = 0
  expect(await places(watched, { from: yesterday - HOUR, to: yesterday })).toEqual([])
  expect(reads).toEqual([])
  await log.close()
})

test('a window holds no more than its bytes', async () => {
  const runtime = clockByHand()
  const log = await openLmdb({ runtime })
  const base = runtime.now() - HOUR
  await store(
    log,
    Array.from({ length: 12 }, (_, nth) => base + ((nth * 7) % 12) * 1e6),
    1_500_000,
  )
  const work = { bytes: Number.POSITIVE_INFINITY, budget, principal: 'p' }
  const range = { seqs: { from: 1, to: 12 }, from: 0, to: Number.POSITIVE_INFINITY, backwards: false }
  const { events, more } = await nextInOrder(log, range, all, work)
  expect(more).toBe(true)
  expect(events.reduce((sum, { frame }) => sum + frame.length, 0)).toBeLessThanOrEqual(8 * 1024 * 1024)
  expect((await places(log)).map(({ time }) => (time - base) / 1e6)).toEqual(
    Array.from({ length: 12 }, (_, at) => at),
  )
  await log.close()
})
