import { z } from 'zod'
import type { Histogram, HistogramParams } from '../contract/index.js'
import { type Call, type Method, method } from '../method.js'
import { type BusMethodContext, wantedParams, work } from '../query.js'
import { BucketCache } from './bucket-cache.js'
import { Count } from './count.js'
import { bucketsOf, HistogramCount } from './histogram-count.js'
import { questionOf, spanOf } from './question.js'

const MAX_BUCKETS = 1000
const MAX_SERIES = 100

export function histogramMethods(context: BusMethodContext): Method[] {
  const cache = new BucketCache()
  return [
    method({
      name: 'events.histogram',
      summary: 'Counts events by time, and by type, source or tag.',
      right: 'see',
      params: z.object({
        ...wantedParams,
        from: z.string().default('-1h'),
        to: z.string().default('now'),
        buckets: z.number().int().min(1).max(MAX_BUCKETS).default(60),
        by: z.enum(['type', 'source', 'tag']).optional(),
        top: z.number().int().min(1).max(MAX_SERIES).default(10),
      }),
      run: (call, params) => histogram(context, call, params, cache),
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
  const question = questionOf(context, call, asked, asked.by)
  const span = await spanOf(context, call, asked)
  const buckets = bucketsOf(span.from, span.to, asked.buckets)
  const counting = new HistogramCount(context.bus.log, question, buckets, span, cache)
  const { exact, coveredFrom } = await counting.run(work(context, call))
  const { counts } = counting
  const { start, step } = buckets
  return {
    from: span.from,
    to: span.to,
    start,
    step,
    counts: counts.map(({ total }) => total),
    total: counts.reduce((sum, { total }) => sum + total, 0),
    ...(asked.by === undefined ? {} : seriesOf(counts, asked.top)),
    exact: exact && !counts.some(({ overflowed }) => overflowed),
    // Rounded to the end of a bucket: the exact time may be that of an event that the caller may not see.
    coveredFrom:
      coveredFrom === undefined ? undefined : start + Math.ceil((coveredFrom - start) / step) * step,
  }
}

function seriesOf(counts: readonly Count[], top: number): Pick<Histogram, 'series' | 'other'> {
  const all = new Count()
  for (const count of counts) all.addAll(count)
  const series = all.top(top).map(({ value, count: total }) => ({
    value,
    total,
    counts: counts.map(({ values }) => values.get(value) ?? 0),
  }))
  const other = counts.map(
    ({ total }, nth) => total - series.reduce((sum, { counts }) => sum + counts[nth], 0),
  )
  return { series, other }
}
