import { z } from 'zod'
import type { ScanWork } from '../../bus/scan.js'
import type { FieldValue } from '../contract/counts.js'
import type { Histogram, HistogramParams } from '../contract/index.js'
import { type Call, type Method, method } from '../method.js'
import { type BusMethodContext, wantedParams, work } from '../query.js'
import { BucketCache } from './bucket-cache.js'
import { Count } from './count.js'
import { severityReader } from './field-reader.js'
import { bucketsOf, HistogramCount } from './histogram-count.js'
import { questionOf, spanOf } from './question.js'
import { QuestionQueue } from './question-queue.js'

const MAX_BUCKETS = 1000
const MAX_SERIES = 100

export function histogramMethods(context: BusMethodContext, queue = new QuestionQueue()): Method[] {
  const cache = new BucketCache()
  return [
    method({
      name: 'events.histogram',
      summary: 'Counts events by time, and by type, source, tag or severity.',
      right: 'see',
      params: z.object({
        ...wantedParams,
        from: z.string().default('-1h'),
        to: z.string().default('now'),
        buckets: z.number().int().min(1).max(MAX_BUCKETS).default(60),
        by: z.enum(['type', 'source', 'tag', 'severity']).optional(),
        top: z.number().int().min(1).max(MAX_SERIES).default(10),
      }),
      run: (call, params) =>
        queue.ask(call, `histogram ${JSON.stringify(params)}`, (signal) =>
          histogram(context, { ...call, signal }, params, cache),
        ),
    }),
  ]
}

type Asked = HistogramParams & { from: string; to: string; buckets: number; top: number }

async function histogram(
  context: BusMethodContext,
  call: Call,
  asked: Asked,
  cache: BucketCache,
): Promise<Histogram> {
  const by = asked.by === 'severity' ? severityReader : asked.by
  const question = questionOf(context, call, asked, by)
  const span = await spanOf(context, call, asked)
  const buckets = bucketsOf(span.from, span.to, asked.buckets)
  const counting = new HistogramCount(context.bus.log, question, buckets, span, cache)
  const limits = work(context, call)
  const { exact, coveredFrom } = await counting.run(limits)
  const { counts } = counting
  const all = asked.by === undefined ? undefined : await sumOf(counts, limits)
  const { start, step } = buckets
  return {
    from: span.from,
    to: span.to,
    start,
    step,
    counts: counts.map(({ total }) => total),
    total: counts.reduce((sum, { total }) => sum + total, 0),
    ...(all && seriesOf(counts, all.top(asked.top))),
    exact: exact && !all?.overflowed,
    // Rounded to the end of a bucket: the exact time may be that of an event that the caller may not see.
    coveredFrom:
      coveredFrom === undefined ? undefined : start + Math.ceil((coveredFrom - start) / step) * step,
  }
}

async function sumOf(counts: readonly Count[], { budget, principal }: ScanWork): Promise<Count> {
  const all = new Count()
  for (const count of counts) {
    await budget.turn(principal)
    all.addAll(count)
  }
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
