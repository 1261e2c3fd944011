import { z } from 'zod'
import { cloudEvent, eventPage } from '../schemas.js'
import { count, cursor, more, type ResultsOf, text, time } from './shape.js'

const value = z.union([text, z.number(), z.boolean(), z.null()])
const coverage = {
  exact: z
    .boolean()
    .describe(
      'False: the counts are lower bounds. The oldest events are not counted yet (coveredFrom), there are too many values (missed), or the log cannot read some events.',
    ),
  total: count.optional().describe('Number of events; absent unless all were counted.'),
  atLeast: count.optional().describe('Number of events that were counted; instead of `total`.'),
  coveredFrom: time.optional().describe('Events before this time are not all counted.'),
  missed: count.optional().describe('Each value may have this many events more, listed or not.'),
  more: text.optional().describe('The counting continues: ask again with this `more`.'),
}

export const histogram = z
  .object({
    from: time,
    to: time,
    start: time.describe('Start of the first bucket, µs since the epoch.'),
    step: count.describe('Length of a bucket, µs.'),
    counts: z
      .array(count.nullable())
      .describe('null: nothing was counted there yet. Lower bounds before `coveredFrom`.'),
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
    values: z.array(
      z.object({
        value,
        count,
        atLeast: z.literal(true).optional().describe('There may be more events of this value.'),
        more: z.boolean().optional().describe('True for the beginning of tags with further segments.'),
      }),
    ),
    other: count
      .optional()
      .describe(
        'Counted events without the field, or with values that are not listed. Absent with `missed`.',
      ),
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
  'events.late': z.object({
    count: count.describe('Events that happened in the period and were stored after it.'),
    exact: z.boolean().describe('False: `count` is a lower bound, because the log cannot read some events.'),
  }),
  'filters.explain': z.object({
    filter: text.describe('Canonical JSON form.'),
    text: text.describe('How the filter was understood, lines for people.'),
    event: z.object({ cursor, matches: z.boolean(), text }).optional(),
    count: z.object({ matched: count, seen: count, exact: z.boolean() }).optional(),
  }),
  'tags.complete': tags,
  'gaps.list': z.object({ gaps: z.array(gapInfo), more }),
}
