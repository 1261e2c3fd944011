import { z } from 'zod'
import { ask } from './ask.js'
import type { HttpContext } from './context.js'
import { repeated } from './query.js'
import { type Route, route } from './route.js'

const wanted = {
  filter: repeated('Short spelling of a filter; may be repeated.').optional(),
  where: z.string().optional().describe('CloudEvents SQL.'),
  from: z.string().optional().describe('Position; default -1h.'),
  to: z.string().optional().describe('Position; default now.'),
}
const number = z.coerce.number()

const histogramQuery = z.strictObject({
  ...wanted,
  buckets: number.pipe(z.int().min(1).max(1000)).optional().describe('At most so many; default 60.'),
  by: z.enum(['type', 'source', 'tag']).optional(),
  top: number.pipe(z.int().min(1).max(100)).optional().describe('Values that are counted apart; default 10.'),
})
const facetsQuery = z.strictObject({
  ...wanted,
  field: z.string().describe('type, source, tag (its first two segments), an attribute, data.<path>.'),
  limit: number.pipe(z.int().min(1).max(1000)).optional().describe('Values; default 20.'),
})
const tagsQuery = z.strictObject({
  prefix: z.string().max(1024).default(''),
  limit: number.pipe(z.int().min(1).max(1000)).optional().describe('Default 100.'),
})

const value = z.union([z.string(), z.number(), z.boolean(), z.null()])
const micros = z.int().describe('µs since the epoch')
const coverage = {
  exact: z.boolean().describe('False: more than one question may look at; what is missing is the oldest.'),
  coveredFrom: micros.optional().describe('Nothing before this time was looked at.'),
}
const histogram = z
  .object({
    from: micros,
    to: micros,
    start: micros.describe('Of the first bucket, µs since the epoch.'),
    step: z.int().describe('Length of a bucket, µs.'),
    counts: z.array(z.int()),
    total: z.int(),
    series: z.array(z.object({ value, total: z.int(), counts: z.array(z.int()) })).optional(),
    other: z.array(z.int()).optional().describe('What is in none of the series.'),
    ...coverage,
  })
  .meta({ id: 'Histogram' })
const facets = z
  .object({
    field: z.string(),
    from: micros,
    to: micros,
    total: z.int(),
    values: z.array(z.object({ value, count: z.int() })),
    other: z.int().describe('Events without the field, or with values that are not listed.'),
    ...coverage,
  })
  .meta({ id: 'Facets' })
const tags = z
  .object({
    tags: z.array(
      z.object({
        text: z.string(),
        count: z.int(),
        complete: z.boolean().describe('A whole tag: nothing follows.'),
      }),
    ),
    exact: z.boolean(),
  })
  .meta({ id: 'Tags' })

/** How many events there are, by time and by what they are. Only those that the caller may see. */
export function countRoutes(context: HttpContext): Route[] {
  return [
    route<z.output<typeof histogramQuery>>({
      method: 'GET',
      path: '/v1/histogram',
      summary: 'How many events there were, by time, and by type, source or tag.',
      right: 'see',
      query: histogramQuery,
      answers: { 200: { description: 'One count for each bucket.', schema: histogram } },
      handle: (call) => ask(context, call, 'events.histogram', paramsOf(call.query)),
    }),
    route<z.output<typeof facetsQuery>>({
      method: 'GET',
      path: '/v1/facets',
      summary: 'Which values a field has, the most frequent first.',
      right: 'see',
      query: facetsQuery,
      answers: { 200: { description: 'Values with counts.', schema: facets } },
      handle: (call) => ask(context, call, 'events.facets', paramsOf(call.query)),
    }),
    route<z.output<typeof tagsQuery>>({
      method: 'GET',
      path: '/v1/tags',
      summary: 'What follows a prefix in the tags of recent events.',
      right: 'see',
      query: tagsQuery,
      answers: { 200: { description: 'Prefixes up to the next /, and whole tags.', schema: tags } },
      handle: (call) => ask(context, call, 'tags.complete', call.query),
    }),
  ]
}

/** The methods take several filters. */
function paramsOf<Query extends { filter?: string[] }>({ filter, ...rest }: Query) {
  return filter === undefined ? rest : { ...rest, filters: filter }
}
