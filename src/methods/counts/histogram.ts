import { z } from 'zod'
import { edgeParams } from '../asking/edge-params.js'
import type { FieldValue, Histogram, HistogramParams } from '../contract/index.js'
import { type Call, type Method, method } from '../method.js'
import { type BusMethodContext, UNBOUNDED, wantedParams, whichTime, work } from '../query.js'
import * as results from '../results/events.js'
import { BucketCache } from './bucket-cache.js'
import type { Question } from './chunk-counter.js'
import { Count } from './count.js'
import { Reached } from './count-range.js'
import { type Buckets, bucketsOf, HistogramCount, type Span } from './histogram-count.js'
import { Counting, OngoingQuestions } from './ongoing.js'
import { coverageOf, keyOf, patienceParams } from './patience.js'
import { questionOf, spanOf } from './question.js'
import { QuestionQueue } from './question-queue.js'

const MAX_BUCKETS = 1000
const MAX_SERIES = 100

export function histogramMethods(context: BusMethodContext, queue = new QuestionQueue()): Method[] {
  const cache = new BucketCache()
  const questions = new OngoingQuestions<Histogram>(context, queue)
  return [
    method({
      name: 'events.histogram',
      summary: 'Counts events by time, and by type, source, tag, host or severity.',
      right: 'see',
      params: z
        .object({
          ...wantedParams,
          ...edgeParams,
          ...patienceParams,
          from: z.string().default('-1h').describe('Default: an hour ago.'),
          to: z.string().default('now').describe('Default: now.'),
          time: whichTime,
          buckets: z
            .number()
            .int()
            .min(1)
            .max(MAX_BUCKETS)
            .default(60)
            .describe(
              'Limit for the number of buckets, not counting a partial one; they begin at round times.',
            ),
          by: z
            .enum(['type', 'source', 'tag', 'host', 'severity'])
            .optional()
            .describe(
              'Counts the values of this field separately; of a tag, its first two segments. `severity` is one of those of RFC 5424, `emerg` to `debug`.',
            ),
          top: z
            .number()
            .int()
            .min(1)
            .max(MAX_SERIES)
            .default(10)
            .describe('Number of values to return; the rest is counted together.'),
        })
        .meta({ id: 'HistogramParams' }),
      result: results.histogram,
      run: (call, params) =>
        questions.ask(
          call,
          `histogram ${keyOf(params)}`,
          params,
          () => new HistogramCounting(context, call, params, cache),
        ),
    }),
  ]
}

type Asked = HistogramParams & { from: string; to: string; buckets: number; top: number }

class HistogramCounting extends Counting<Histogram> {
  readonly #context: BusMethodContext
  readonly #principal: Call['principal']
  readonly #asked: Asked
  readonly #question: Question
  readonly #cache: BucketCache
  #span!: Span
  #buckets!: Buckets
  #counting!: HistogramCount
  #reached!: Reached

  constructor(context: BusMethodContext, call: Call, asked: Asked, cache: BucketCache) {
    super()
    this.#context = context
    this.#principal = call.principal
    this.#asked = asked
    this.#cache = cache
    this.#question = questionOf(context, call, asked, asked.by)
  }

  protected async prepare(signal: AbortSignal): Promise<void> {
    this.#span = await spanOf(this.#context, { principal: this.#principal, signal }, this.#asked)
    this.#buckets = bucketsOf(this.#span.from, this.#span.to, this.#asked.buckets)
    const { log } = this.#context.bus
    this.#counting = new HistogramCount(log, this.#question, this.#buckets, this.#span, this.#cache)
    this.#reached = new Reached(this.#span.to)
  }

  protected async count(signal: AbortSignal): Promise<void> {
    const limits = work(this.#context, { principal: this.#principal, signal }, UNBOUNDED)
    await this.#counting.run(limits, this.#reached)
  }

  soFar(): Histogram {
    const { counts } = this.#counting
    const { start, step } = this.#buckets
    const { by, top } = this.#asked
    const all = by === undefined ? undefined : sumOf(counts)
    const counted = counts.reduce((sum, { total }) => sum + total, 0)
    const coverage = coverageOf(this.#reached, counted, all?.missed ?? 0, (micros) =>
      Math.min(this.#span.to, start + (Math.floor((micros - start) / step) + 1) * step),
    )
    const { coveredFrom = start } = coverage
    return {
      from: this.#span.from,
      to: this.#span.to,
      start,
      step,
      counts: counts.map(({ total }, nth) =>
        total === 0 && start + nth * step < coveredFrom ? null : total,
      ),
      ...(all && seriesOf(counts, all.top(top))),
      ...coverage,
    }
  }
}

function sumOf(counts: readonly Count[]): Count {
  const all = new Count()
  for (const count of counts) all.addAll(count)
  return all
}

function seriesOf(
  counts: readonly Count[],
  most: readonly { value: FieldValue }[],
): Pick<Histogram, 'series' | 'other'> {
  const series = most.map(({ value }) => {
    const ofValue = counts.map(({ values }) => values.get(value) ?? 0)
    return { value, total: ofValue.reduce((sum, count) => sum + count, 0), counts: ofValue }
  })
  const other = counts.map(
    ({ total }, nth) => total - series.reduce((sum, { counts }) => sum + counts[nth], 0),
  )
  return { series, other }
}
