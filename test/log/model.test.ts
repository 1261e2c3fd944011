import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { EventLog, ReadLimits } from '../../src/log/index.js'
import { rewriteSegment } from '../../src/log/lmdb/rewriting/rewrite-segment.js'
import { clockByHand } from '../helpers/fake-runtime.js'
import { repeats } from '../helpers/repeats.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { append, type Expected, frameOf, readAll, sameEvents, seqsOf, unpack } from './conformance/tools.js'
import { openLmdb } from './lmdb-folder.js'

const options = {
  segment: { bytes: 60_000 },
  ringBytes: 32 * 1024,
  slabBytes: 16 * 1024,
  rewrite: rewriteSegment,
}

/** A log and the list of events that it must contain. */
class Model {
  readonly folder = temporaryFolder('log')
  readonly runtime = clockByHand()
  events: Expected[] = []
  log!: EventLog

  async open(): Promise<void> {
    this.log = await openLmdb({ ...options, folder: this.folder, runtime: this.runtime })
    this.log.onStored((batch) => this.events.push(...unpack(batch)))
  }

  /** Returns a seq in or just outside the log. */
  seq(fraction: number): number {
    return this.log.first - 2 + Math.floor(fraction * (this.log.last - this.log.first + 5))
  }

  async checkRead(from: number, limits: ReadLimits): Promise<void> {
    const { to, events = Number.POSITIVE_INFINITY, backwards = false } = limits
    const expected = this.events.filter(({ seq }) =>
      backwards ? seq <= from && seq >= (to ?? 0) : seq >= from && seq <= (to ?? seq),
    )
    if (backwards) expected.reverse()
    sameEvents(await readAll(this.log, from, limits), expected.slice(0, events))
  }
}

type Step = (model: Model) => Promise<void>
const fraction = fc.double({ min: 0, max: 1, noNaN: true })

const appends = fc
  .record({ count: fc.integer({ min: 1, max: 40 }), size: fc.constantFrom(0, 100, 700, 3000, 40_000) })
  .map(
    ({ count, size }): Step =>
      async ({ log }) => {
        const few = size > 10_000 ? 2 : count
        await append(
          log,
          Array.from({ length: few }, (_, at) => frameOf(`model/${at}`, size)),
        )
      },
  )
const flush = fc.constant<Step>(({ log }) => log.durable(log.last))
const time = fc.integer({ min: 0, max: 10 }).map(
  (ms): Step =>
    async ({ runtime }) =>
      runtime.advance(ms),
)
const turn = fc.constant<Step>(() => new Promise((resolve) => setImmediate(resolve)))
const reads = fc
  .record({
    from: fraction,
    to: fc.option(fraction, { nil: undefined }),
    events: fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined }),
    backwards: fc.boolean(),
  })
  .map(
    ({ from, to, events, backwards }): Step =>
      async (model) => {
        const limits = { events, backwards, to: to === undefined ? undefined : Math.max(0, model.seq(to)) }
        await model.checkRead(model.seq(from), limits)
      },
  )
const seeks = fraction.map(
  (at): Step =>
    async ({ log, events }) => {
      const wanted = (events[Math.floor(at * (events.length - 1))]?.time ?? 0) + Math.round(at)
      expect(await log.seek(wanted)).toBe(events.find((event) => event.time >= wanted)?.seq ?? log.last + 1)
    },
)
const compacts = fc.integer({ min: 1, max: 300 }).map(
  (count): Step =>
    async (model) => {
      const { removed } = await model.log.compact({ count })
      expect(model.log.last - model.log.first + 1).toBeGreaterThanOrEqual(
        Math.min(count, model.events.length),
      )
      if (removed !== undefined) expect(removed.to).toBe(model.log.first - 1)
      model.events = model.events.filter(({ seq }) => seq >= model.log.first)
    },
)
const compresses = fc.constant<Step>(async ({ log }) => {
  for await (const { error } of log.compress!(new AbortController().signal)) expect(error).toBeUndefined()
})
const reopens = fc.constant<Step>(async (model) => {
  const { first, last, epoch } = model.log
  await model.log.close()
  await model.open()
  expect([model.log.first, model.log.last, model.log.epoch, model.log.lost]).toEqual([first, last, epoch, []])
})
const checks = fc.constant<Step>(async ({ log, events }) => {
  for await (const { error } of log.verify!()) expect(error).toBeUndefined()
  await log.durable(log.last)
  let count = 0
  for await (const summary of log.summaries!(log.first, log.last)) count += summary.count
  expect([count, log.stats.bytes]).toEqual([
    events.length,
    events.reduce((sum, { frame }) => sum + frame.length, 0),
  ])
})

const step = fc.oneof(
  { weight: 8, arbitrary: appends },
  { weight: 3, arbitrary: flush },
  { weight: 3, arbitrary: time },
  { weight: 3, arbitrary: turn },
  { weight: 6, arbitrary: reads },
  { weight: 2, arbitrary: seeks },
  { weight: 1, arbitrary: compacts },
  { weight: 1, arbitrary: compresses },
  { weight: 1, arbitrary: reopens },
  { weight: 1, arbitrary: checks },
)

test('a log behaves like a list under any sequence of operations', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
      const model = new Model()
      await model.open()
      for (const run of steps) await run(model)
      await model.checkRead(0, {})
      expect(seqsOf(model.events).at(-1) ?? 0).toBe(model.log.last)
      await model.log.close()
    }),
    { numRuns: repeats(4, 250), endOnFailure: true },
  )
})
