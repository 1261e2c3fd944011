import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import type { Event } from '../../../src/event/event.js'
import { encode, iterateFrames } from '../../../src/event/index.js'
import { formatTime, parseTime } from '../../../src/event/position.js'
import { compileFilter, intersect, parseFilter, parsePermission } from '../../../src/filter/index.js'
import type { EventLog } from '../../../src/log/index.js'
import type { FacetsParams, HistogramParams } from '../../../src/methods/contract/index.js'
import { TestBus, typeOf } from '../../bus/fixture.js'
import { clockByHand } from '../../helpers/fake-runtime.js'
import { repeats } from '../../helpers/repeats.js'
import { openLmdb } from '../../log/lmdb-folder.js'
import { call } from '../call.js'

/** Computes the expected counts by looking at every event. */

const tags = ['a', 'a/b', 'a/b/c', 'a/b/d/e', 'a/c', 'b', 'b/x/1', 'b/x/2', 'bb/x', 'c/d']
const filters = [
  undefined,
  'a',
  'a/',
  'a/b',
  'a/b/',
  'a/b/*',
  'b/x/1',
  ['a/', '!a/c'],
  { exact: { source: 's/1' } },
  { prefix: { source: 's/' } },
  { not: { exact: { source: 's/1' } } },
  { exact: { type: 'test.a' } },
  { any: [{ exact: { type: 'test.a' } }, { exact: { type: 'given' } }] },
  { all: [{ prefix: { tag: 'a/' } }, { exact: { source: 's/2' } }] },
  { exact: { 'data.n': 1 } },
  { suffix: { tag: '1' } },
]
const rights = [['*'], ['a/'], ['a/b/'], ['b/', 'c/'], [{ exact: { source: 's/1' } }], ['zzz/']]

const event = fc.record({
  tag: fc.constantFrom(...tags),
  source: fc.constantFrom('s/1', 's/2', 't/3'),
  typed: fc.boolean(),
  n: fc.constantFrom(1, 2, 'x', undefined),
  // Seconds before it was stored; undefined if the event does not say when it happened.
  ago: fc.constantFrom(undefined, undefined, 0, 1, 2.5, 20, 3000, -1, -100_000),
})
/** Batches of events, with the pause before each in ms and whether it is flushed. */
const story = fc.array(
  fc.record({
    pause: fc.constantFrom(0, 1, 700, 5000),
    flush: fc.boolean(),
    events: fc.array(event, { minLength: 1, maxLength: 12 }),
  }),
  { minLength: 1, maxLength: 12 },
)
const question = fc.record({
  filters: fc.constantFrom(...filters),
  right: fc.nat(rights.length - 1),
  by: fc.constantFrom(undefined, 'type', 'source', 'tag'),
  field: fc.constantFrom('type', 'source', 'tag', 'data.n', 'kind'),
  under: fc.constantFrom(undefined, 'a', 'a/', 'a/b/', 'b/x/'),
  buckets: fc.constantFrom(1, 3, 10, 60),
  from: fc.constantFrom('start', '-3s', '-60s', '@5'),
  to: fc.constantFrom('now', '-1s', '@9'),
  time: fc.constantFrom('stored', 'event'),
})

const opened: EventLog[] = []
afterEach(async () => {
  for (const log of opened.splice(0)) await log.close()
})

test.each(['memory', 'lmdb'])(
  'in the log %s histograms and facets count exactly the stored events for any question',
  async (engine) => {
    await fc.assert(
      fc.asyncProperty(
        story,
        fc.array(question, { minLength: 1, maxLength: 6 }),
        async (batches, questions) => {
          const hub = await filled(engine, batches)
          const events = await allOf(hub.log)
          for (const asked of [...questions, ...questions]) {
            await checkHistogram(hub, events, asked)
            await checkFacets(hub, events, asked)
          }
          await hub.bus.close()
        },
      ),
      { numRuns: engine === 'lmdb' ? repeats(3, 250) : repeats(8, 400) },
    )
  },
  60_000,
)

async function checkHistogram(hub: TestBus, events: Event[], asked: Asked): Promise<void> {
  const { filters, by, buckets, from, to, time } = asked
  const params = { filters, by, buckets, from, to, time, top: 100 } as HistogramParams
  const got = await call(hub, 'events.histogram', params, nameOf(asked))
  const fitting = visible(events, asked).filter((event) => isWithin(event, asked, got))
  expect(got.exact).toBe(true)
  expect(got.counts.length).toBeLessThanOrEqual(buckets + 1)
  const nth = (event: Event) => Math.floor((timeOf(event, asked) - got.start) / got.step)
  expect(got.counts).toEqual(got.counts.map((_, at) => fitting.filter((event) => nth(event) === at).length))
  expect(got.total).toBe(fitting.length)
  if (by === undefined) return
  for (const { value, counts } of got.series!) {
    const having = fitting.filter((event) => fieldOf(event, by) === value)
    expect(counts).toEqual(got.counts.map((_, at) => having.filter((event) => nth(event) === at).length))
  }
  expect(new Set(got.series!.map(({ value }) => value))).toEqual(new Set(fitting.map((e) => fieldOf(e, by))))
}

async function checkFacets(hub: TestBus, events: Event[], asked: Asked): Promise<void> {
  const { filters, field, from, to, time } = asked
  const under = field === 'tag' ? asked.under : undefined
  const params = { filters, field, under, from, to, time, limit: 1000 } as FacetsParams
  const got = await call(hub, 'events.facets', params, nameOf(asked))
  const fitting = visible(events, asked).filter(
    (event) => isWithin(event, asked, got) && event.tag.startsWith(under ?? ''),
  )
  const counts = new Map<unknown, number>()
  const longer = new Set<unknown>()
  for (const event of fitting) {
    const value = under === undefined ? fieldOf(event, field) : beginningOf(event.tag, under)
    if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1)
    if (field === 'tag' && event.tag !== value) longer.add(value)
  }
  expect(new Map(got.values.map(({ value, count }) => [value, count]))).toEqual(counts)
  expect(new Set(got.values.filter(({ more }) => more).map(({ value }) => value))).toEqual(longer)
  expect(got.total).toBe(fitting.length)
  expect(got.exact).toBe(true)
}

type Asked = typeof question extends fc.Arbitrary<infer T> ? T : never

/** An event happened when it says so, unless that is more than a day after it was stored. */
function timeOf({ time, attributes }: Event, asked: Asked): number {
  const own = asked.time === 'event' ? parseTime(String(attributes.time)) : undefined
  return own === undefined || own > time + 86_400e6 ? time : own
}

function isWithin(event: Event, asked: Asked, { from, to }: { from: number; to: number }): boolean {
  const time = timeOf(event, asked)
  return time >= from && time < to
}

function visible(events: Event[], { filters, right }: Asked): Event[] {
  const wanted = compileFilter(parseFilter(filters as never), { typeOf })
  const matcher = intersect(wanted, compileFilter(parsePermission(rights[right], 'see'), { typeOf }))
  return events.filter((event) => matcher.matches(event.bytes, event.at))
}

function beginningOf(tag: string, under: string): string {
  const slash = tag.indexOf('/', under.length)
  return slash < 0 ? tag : tag.slice(0, slash)
}

function fieldOf(event: Event, field: string): unknown {
  if (field === 'tag') return event.tag.split('/').slice(0, 2).join('/')
  if (field === 'type') return event.attributes?.type ?? typeOf(event.tag)
  if (field === 'source') return event.source
  if (field === 'kind') return event.kind
  return (event.data as { n?: unknown } | null)?.n
}

async function filled(engine: string, batches: typeof story extends fc.Arbitrary<infer T> ? T : never) {
  const runtime = clockByHand()
  const log = engine === 'lmdb' ? await openLmdb({ runtime }) : undefined
  if (log !== undefined) opened.push(log)
  const grants = Object.fromEntries(
    rights.map((see, nth) => [`r${nth}`, { see: see[0] === '*' ? '*' : see }]),
  )
  const hub = await TestBus.open({ runtime, log, grants: grants as never })
  for (const { pause, flush, events } of batches) {
    runtime.advance(pause)
    hub.store(
      ...events.map(({ tag, source, typed, ago, n }) => ({
        tag,
        source,
        attributes: attributesOf(typed, ago === undefined ? undefined : runtime.now() - ago * 1e6),
        body: encode(n === undefined ? {} : { n }),
      })),
    )
    await runtime.settle()
    if (flush && log !== undefined) await log.durable(log.last)
  }
  runtime.advance(10)
  await runtime.settle()
  return hub
}

function attributesOf(typed: boolean, time: number | undefined): Uint8Array | undefined {
  const given = { ...(typed && { type: 'given' }), ...(time !== undefined && { time: formatTime(time) }) }
  return Object.keys(given).length === 0 ? undefined : encode(given)
}

function nameOf({ right }: Asked): string {
  return `r${right}`
}

async function allOf(log: EventLog): Promise<Event[]> {
  const events: Event[] = []
  for await (const { bytes } of log.read(1, {})) events.push(...iterateFrames(bytes.slice()))
  return events
}
