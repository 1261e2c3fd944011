import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TocsinError } from '../../src/errors/tocsin-error.js'
import type { EventLog, FrameBatch, SeqRange } from '../../src/log/index.js'
import { rewriteSegment } from '../../src/log/lmdb/rewriting/rewrite-segment.js'
import { clockByHand } from '../helpers/fake-runtime.js'
import { repeats } from '../helpers/repeats.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { append, batchOf, frameOf, unpack } from './conformance/tools.js'
import { openLmdb } from './lmdb-folder.js'

/** A few chunks a segment, and more segments than are open at the same time. */
const options = {
  segment: { bytes: 20_000 },
  ringBytes: 16 * 1024,
  slabBytes: 8 * 1024,
  rewrite: rewriteSegment,
}
const SEGMENTS = 12

/** A log, what was stored in it, and the reads of it that are in progress. Nothing waits for anything else. */
class Model {
  readonly folder = temporaryFolder('log')
  readonly runtime = clockByHand()
  readonly stored = new Map<number, Uint8Array>()
  readonly faults: string[] = []
  readers: Reader[] = []
  log!: EventLog
  isClosed = false

  async open(): Promise<void> {
    this.log = await openLmdb({ ...options, folder: this.folder, runtime: this.runtime })
    this.isClosed = false
    this.log.onStored((batch) => {
      for (const { seq, frame } of unpack(batch)) this.stored.set(seq, frame)
    })
    this.log.onDamage?.(({ from, to, reason }) => this.fault(`damage of ${from} to ${to}: ${reason}`))
  }

  async fill(): Promise<void> {
    for (let nth = 0; nth < SEGMENTS; nth++) {
      await append(this.log, framesOf(20, 1000))
      await this.log.durable(this.log.last)
    }
  }

  /** Ends what is in progress. */
  async close(): Promise<void> {
    this.isClosed = true
    await this.log.close()
    await this.finish()
    this.readers = []
  }

  /** Lets all reads run to their end. */
  async finish(): Promise<void> {
    while (this.readers.some(({ isOver }) => !isOver)) {
      for (const reader of this.readers) reader.step()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  readonly fault = (text: string): void => {
    this.faults.push(text)
  }

  /** Starts something whose only fault may be that the log was closed meanwhile. */
  start(what: string, run: Promise<unknown>): void {
    const { log } = this
    run.catch((error) => {
      const wasClosed = this.isClosed || log !== this.log
      if (!wasClosed || !TocsinError.is(error, 'TCN_LOG_CLOSED')) this.fault(`${what}: ${error}`)
    })
  }
}

/** A read in steps, which must bring every event that the log still has, once and in order. */
class Reader {
  readonly #model: Model
  readonly #batches: AsyncIterator<FrameBatch>
  readonly #backwards: boolean
  readonly #last: number
  #next: number
  #isBusy = false
  isOver = false

  constructor(model: Model, from: number, backwards: boolean, prefixes: string[] | undefined) {
    const { log } = model
    const damaged = ({ from, to }: SeqRange) => model.fault(`${from} to ${to} are said to be damaged`)
    this.#model = model
    this.#backwards = backwards
    this.#next = from
    this.#last = backwards ? log.first : log.last
    this.#batches = log.read(from, { backwards, to: this.#last, damaged, prefixes })[Symbol.asyncIterator]()
  }

  step(): void {
    if (this.#isBusy || this.isOver) return
    this.#isBusy = true
    this.#model.start('read', this.#step())
  }

  async #step(): Promise<void> {
    try {
      const { done, value } = await this.#batches.next()
      if (done) this.#finish()
      else this.#take(value)
    } catch (error) {
      this.isOver = true
      throw error
    } finally {
      this.#isBusy = false
    }
  }

  #take(batch: FrameBatch): void {
    const events = unpack(batch)
    for (const { seq, frame } of this.#backwards ? events.reverse() : events) {
      const expected = this.#model.stored.get(seq)
      if (expected === undefined || Buffer.compare(expected, frame) !== 0)
        this.#model.fault(`${seq} is another event`)
      this.#skipTo(seq)
      this.#next = seq + (this.#backwards ? -1 : 1)
    }
  }

  #finish(): void {
    this.isOver = true
    this.#skipTo(this.#last + (this.#backwards ? -1 : 1))
  }

  /** Only events that were removed may be missing. */
  #skipTo(seq: number): void {
    const [from, to] = this.#backwards ? [seq + 1, this.#next] : [this.#next, seq - 1]
    if (from > to + 1) this.#model.fault(`${seq} comes after ${this.#next}`)
    const { isClosed, log } = this.#model
    if (from <= to && to >= log.first && !isClosed)
      this.#model.fault(`${from} to ${to} are missing; the log begins with ${log.first}`)
  }
}

function framesOf(count: number, size: number): Uint8Array[] {
  return Array.from({ length: count }, (_, at) => frameOf(`model/${at}`, size))
}

async function drain(items: AsyncIterable<{ error?: Error }>): Promise<void> {
  for await (const { error } of items) if (error !== undefined) throw error
}

type Step = (model: Model) => unknown
const fraction = fc.double({ min: 0, max: 1, noNaN: true })

const appends = fc
  .record({ count: fc.integer({ min: 1, max: 20 }), size: fc.constantFrom(10, 300, 2000, 30_000) })
  .map(
    ({ count, size }): Step =>
      ({ log, fault }) => {
        const frames = framesOf(size > 10_000 ? 1 : count, size)
        log.append(batchOf(frames), (error) => error && fault(`append: ${error}`))
      },
  )
const flush = fc.constant<Step>((model) => model.start('durable', model.log.durable(model.log.last)))
const time = fc.integer({ min: 1, max: 60 }).map(
  (ms): Step =>
    ({ runtime }) =>
      runtime.advance(ms),
)
const turn = fc.constant<Step>(() => new Promise((resolve) => setImmediate(resolve)))
const reads = fc
  .record({
    at: fraction,
    backwards: fc.boolean(),
    prefixes: fc.constantFrom<string[] | undefined>(undefined, ['model/'], ['other/', 'model/']),
  })
  .map(
    ({ at, backwards, prefixes }): Step =>
      (model) => {
        const { first, last } = model.log
        const from = first + Math.floor(at * (last - first))
        model.readers.push(new Reader(model, from, backwards, prefixes))
      },
  )
const step = fraction.map(
  (at): Step =>
    ({ readers }) =>
      readers[Math.floor(at * readers.length)]?.step(),
)
const stepAll = fc.constant<Step>(({ readers }) => {
  for (const reader of readers) reader.step()
})
const compacts = fc.integer({ min: 1, max: 300 }).map(
  (count): Step =>
    (model) =>
      model.start('compact', model.log.compact({ count })),
)
const compresses = fc.constant<Step>((model) => {
  model.start('compress', drain(model.log.compress!(new AbortController().signal)))
})
const verifies = fc.constant<Step>((model) => model.start('verify', drain(model.log.verify!())))
const summaries = fc.constant<Step>((model) => {
  const { log } = model
  model.start('summaries', drain(log.summaries!(log.first, log.last) as AsyncIterable<object>))
})
const seeks = fraction.map(
  (at): Step =>
    (model) =>
      model.start('seek', model.log.seek(at * 1e6)),
)
const reopens = fc.constant<Step>(async (model) => {
  await model.close()
  await model.open()
})

const steps = fc.oneof(
  { weight: 10, arbitrary: appends },
  { weight: 6, arbitrary: flush },
  { weight: 2, arbitrary: time },
  { weight: 12, arbitrary: turn },
  { weight: 4, arbitrary: reads },
  { weight: 20, arbitrary: step },
  { weight: 4, arbitrary: stepAll },
  { weight: 2, arbitrary: compacts },
  { weight: 2, arbitrary: compresses },
  { weight: 1, arbitrary: verifies },
  { weight: 1, arbitrary: summaries },
  { weight: 1, arbitrary: seeks },
  { weight: 1, arbitrary: reopens },
)

test('readers miss nothing but removed events while segments begin, close, open and are removed', async () => {
  const numRuns = repeats(2, 100)
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 100, maxLength: 300 }), async (run) => {
      const model = new Model()
      await model.open()
      await model.fill()
      for (const next of run) {
        await next(model)
        expect(model.faults).toEqual([])
      }
      await model.finish()
      await model.close()
      expect(model.faults).toEqual([])
    }),
    { numRuns, endOnFailure: true },
  )
}, 600_000)
