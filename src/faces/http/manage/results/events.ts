import { z } from 'zod'
import { cloudEvent, eventPage } from '../schemas.js'
import { count, cursor, more, type ResultsOf, text, time } from './shape.js'

const value = z.union([text, z.number(), z.boolean(), z.null()])
const coverage = {
  exact: z
    .boolean()
    .describe(
      'False: the counts are lower bounds. The oldest events are missing (coveredFrom), or the rarest of too many values, or events that the log cannot read.',
    ),
  coveredFrom: time.optional().describe('Events before this time were not counted.'),
}

export const histogram = z
  .object({
    from: time,
    to: time,
    start: time.describe('Start of the first bucket, µs since the epoch.'),
    step: count.describe('Length of a bucket, µs.'),
    counts: z.array(count),
    total: count,
    series: z.array(z.object({ value, total: count, counts: z.array(count) })).optional(),
    other: z.array(count).optional().describe('Events that are in none of the series.'),
    ...coverage,
  })
  .meta({ id: 'Histogram' })

export const facets = z
  .object({
    field: text,
    from: time,
    to: time,
    total: count,
    values: z.array(
      z.object({
        value,
        count,
        more: z.boolean().optional().describe('True for the beginning of tags with further segments.'),
      }),
    ),
    other: count.describe('Events without the field, or with values that are not listed.'),
    ...coverage,
  })
  .meta({ id: 'Facets' })

export const tags = z
  .object({
    tags: z.array(
      z.object({
        text,
        count,
        complete: z.boolean().describe('True for a whole tag.'),
      }),
    ),
    exact: z
      .boolean()
      .describe(
        'False: the counts are lower bounds, because only recent events were looked at, or there are more tags than listed.',
      ),
  })
  .meta({ id: 'Tags' })

const gapInfo = z
  .object({
    kind: z.enum(['source', 'log']).describe('Who lost the events.'),
    source: text.optional(),
    from: z.union([z.number(), text]).optional(),
    to: z.union([z.number(), text]).optional(),
    count: count.nullable().optional().describe('null if unknown.'),
    reason: text,
    note: text.optional(),
    since: time.optional().describe('Time of the last event before the loss, µs since the epoch.'),
    time: time.optional().describe('When the loss was found or reported, µs since the epoch.'),
    cursor: cursor.optional().describe('Cursor of the event that reported it.'),
  })
  .meta({ id: 'GapInfo' })

export const eventResults: ResultsOf<'events' | 'filters' | 'tags' | 'gaps'> = {
  'events.get': z.object({ cursor, event: cloudEvent }),
  'events.read': eventPage.extend({ count }).meta({ id: 'EventsRead' }),
  'events.histogram': histogram,
  'events.facets': facets,
  'filters.explain': z.object({
    filter: text.describe('Canonical JSON form.'),
    text: text.describe('How the filter was understood, lines for people.'),
    event: z.object({ cursor, matches: z.boolean(), text }).optional(),
    count: z.object({ matched: count, seen: count, exact: z.boolean() }).optional(),
  }),
  'tags.complete': tags,
  'gaps.list': z.object({ gaps: z.array(gapInfo), more }),
}
