import { z } from 'zod'
import { facets, histogram, tags } from '../../../methods/results/events.js'
import type { HttpContext } from '../context.js'
import { count, repeated } from '../input.js'
import { ask } from '../manage/methods.js'
import { inZone, positionParameter, timeParameter, zoneParameter } from '../positions.js'
import { type Route, route } from '../route.js'

const conditions = {
  filter: repeated('A filter in the short notation; may be repeated.').optional(),
  where: z.string().optional().describe('CloudEvents SQL.'),
}
const selection = {
  ...conditions,
  from: positionParameter('Position; default -1h.'),
  to: positionParameter('Position; default now.'),
  ...zoneParameter,
  time: timeParameter,
  wait: count(60_000)
    .optional()
    .describe(
      'Answer after this time, ms, with what was counted until then, and continue to count. Default: answer when everything is counted.',
    ),
  more: z
    .string()
    .optional()
    .describe('`more` of an answer, to continue that question; all else is the same.'),
}

const histogramQuery = z.strictObject({
  ...selection,
  buckets: count(1000).optional().describe('Largest number of buckets; default 60.'),
  by: z.enum(['type', 'source', 'tag', 'host', 'severity']).optional(),
  top: count(100).optional().describe('Number of values counted separately; default 10.'),
})
const facetsQuery = z.strictObject({
  ...selection,
  field: z.string().describe('type, source, tag (its first two segments), an attribute, data.<path>.'),
  under: z
    .string()
    .optional()
    .describe('For tag: only tags that begin with this, counted up to their next `/` after it.'),
  limit: count(1000).optional().describe('Maximum number of values; default 20.'),
})
const tagsQuery = z.strictObject({
  ...conditions,
  prefix: z.string().max(1024).default(''),
  limit: count(1000).optional().describe('Default 100.'),
})

/** Counts of events by time, type, source, tag, host and severity. Only events that the caller may see are counted. */
export function countRoutes(context: HttpContext): Route[] {
  return [
    route<z.output<typeof histogramQuery>>({
      method: 'GET',
      path: '/v1/histogram',
      summary: 'Counts events by time, and by type, source, tag, host or severity.',
      right: 'see',
      query: histogramQuery,
      answers: { 200: { description: 'One count for each bucket.', schema: histogram } },
      handle: (call) =>
        ask(context, call, 'events.histogram', paramsOf(inZone(call.query, context.runtime.now()))),
    }),
    route<z.output<typeof facetsQuery>>({
      method: 'GET',
      path: '/v1/facets',
      summary: 'Lists the values of a field, the most frequent first.',
      right: 'see',
      query: facetsQuery,
      answers: { 200: { description: 'Values with counts.', schema: facets } },
      handle: (call) =>
        ask(context, call, 'events.facets', paramsOf(inZone(call.query, context.runtime.now()))),
    }),
    route<z.output<typeof tagsQuery>>({
      method: 'GET',
      path: '/v1/tags',
      summary: 'Completes a prefix from the tags of recent events.',
      right: 'see',
      query: tagsQuery,
      answers: { 200: { description: 'Prefixes up to the next `/`, and whole tags.', schema: tags } },
      handle: (call) => ask(context, call, 'tags.complete', paramsOf(call.query)),
    }),
  ]
}

/** Renames `filter` to `filters`, as the methods call it. */
function paramsOf<Query extends { filter?: string[] }>({ filter, ...rest }: Query) {
  return filter === undefined ? rest : { ...rest, filters: filter }
}
