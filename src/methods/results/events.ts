import { z } from 'zod'
import { bytes, count, cursor, more, text, time } from './shape.js'

const value = z
  .union([text, z.number(), z.boolean(), z.null()])
  .meta({ id: 'FieldValue', description: 'The value of a field: anything but a list, a map or bytes.' })

export const askedEdges = z
  .object({
    asked: count.describe('Number of hubs that were chosen.'),
    answered: count,
    missing: z
      .array(z.object({ edge: text, code: text, reason: text }))
      .max(1_000)
      .describe('Those that have not answered, or not with everything; at most 1,000 of them.'),
  })
  .meta({ id: 'AskedEdges', description: 'The outcome of a question to edge hubs.' })

const asked = askedEdges.optional().describe('With `edges`: who has answered.')

const coverage = z
  .object({
    exact: z
      .boolean()
      .describe(
        'False: the counts are lower bounds. The oldest events are not counted yet (`coveredFrom`), there are too many values (`missed`), or the log cannot read some events.',
      ),
    total: count.optional().describe('Number of events; absent unless all were counted.'),
    atLeast: count.optional().describe('Number of events that were counted; instead of `total`.'),
    coveredFrom: time.optional().describe('Events before this time are not all counted; absent if they are.'),
    share: z
      .number()
      .optional()
      .describe(
        'By the time of the events, while the counting continues: the part of the log that was read, of what has to be read, from 0 to 1.',
      ),
    missed: count
      .optional()
      .describe('Present if there were too many values: each may have this many events more, listed or not.'),
    more: text.optional().describe('The counting continues: ask again with this `more`.'),
    asked,
  })
  .meta({
    id: 'Coverage',
    description:
      'The part of the requested range that was counted. Only events that the caller may see are counted.',
  })

export type Coverage = z.output<typeof coverage>

const series = z
  .object({
    value,
    total: count.describe('A lower bound unless the answer is exact.'),
    counts: z.array(count),
  })
  .meta({ id: 'CountedSeries' })

export const histogram = coverage
  .extend({
    from: time.describe('Events from this time, up to but not including `to`, are counted.'),
    to: time,
    start: time.describe('Start of the first bucket, µs since the epoch.'),
    step: count.describe('Length of a bucket, µs.'),
    counts: z
      .array(count.nullable())
      .describe(
        'One for each bucket; a lower bound if it begins before `coveredFrom`, and null if nothing was counted there yet.',
      ),
    series: z.array(series).optional().describe('Counts of the most frequent values.'),
    other: z.array(count).optional().describe('Events that are in none of the series.'),
  })
  .meta({ id: 'Histogram' })

export const facets = coverage
  .extend({
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
  })
  .meta({ id: 'Facets' })

const tagCompletion = z
  .object({
    text: text.describe('Prefix up to and including the next `/`, or the whole tag.'),
    count,
    complete: z.boolean().describe('True for a whole tag.'),
  })
  .meta({ id: 'TagCompletion' })

const gapInfo = z
  .object({
    kind: z
      .enum(['source', 'log'])
      .describe(
        '`source`: lost by a source (event `hub.gap`); `log`: numbers removed by an unclean stop, or damaged.',
      ),
    source: text.optional(),
    from: z
      .union([z.number(), text])
      .optional()
      .describe("Text in the source's own terms, or a number of the log."),
    to: z.union([z.number(), text]).optional(),
    count: count
      .nullable()
      .optional()
      .describe('null if unknown: after a crash none, or those of its last moments.'),
    reason: text,
    note: text.optional().describe('An explanation of the reason, if the numbers alone mislead.'),
    since: time.optional().describe('Time of the last event before the loss, µs since the epoch.'),
    time: time
      .optional()
      .describe('When the loss was found or reported, µs since the epoch. After a crash: the restart.'),
    cursor: cursor.optional().describe('Cursor of the event that reported it.'),
  })
  .meta({ id: 'GapInfo' })

export const readGap = z
  .object({
    from: count,
    to: count,
    reason: z.enum([
      'expired',
      'lost-in-crash',
      'lost-in-damage',
      'damaged',
      'ahead',
      'unknown-epoch',
      'skipped',
    ]),
    note: text.optional().describe('An explanation of the reason, if the numbers alone mislead.'),
    edge: text.optional().describe('With `edges`: the hub in whose log they are missing.'),
  })
  .meta({
    id: 'ReadGap',
    description: 'Numbers that are missing from this page and will not appear in another read.',
  })

export const eventPage = z
  .object({
    frames: bytes.describe(
      'Whole frames, back to back: in rising order, or falling with `before`. By the time of the events, in the order of these times, and of seqs where they are equal.',
    ),
    count,
    next: text
      .optional()
      .describe(
        'Set if there may be more: pass it as `from`, as `before` when reading backwards, or as `more` by the time of the events. Such a page may be empty, because it reached the limit of work.',
      ),
    cursor: text.describe(
      'A subscription from this cursor continues after the newest event that was examined.',
    ),
    gaps: z.array(readGap).describe('Events of the range that can no longer be read.'),
    first: count.optional().describe('Number of the first event that the log has. Absent with `edges`.'),
    asked,
  })
  .meta({ id: 'EventPage' })

export const late = z
  .object({
    count: count.describe('Events that happened in the period and were stored after it.'),
    exact: z.boolean().describe('False: `count` is a lower bound, because the log cannot read some events.'),
  })
  .meta({ id: 'LateEvents' })

export const filterCheck = z
  .object({
    notes: z
      .array(text)
      .describe(
        'Sentences on fields that no event has, with the field that was probably meant, and on comparisons that cannot match. Empty if there is nothing to say.',
      ),
    looked: count.describe('Events that were looked at, of those that the rest of the filter matches.'),
    exact: z.boolean().describe('False: not every event of the range was looked at.'),
  })
  .meta({ id: 'FilterCheck' })

export const explanation = z
  .object({
    filter: text.describe('Canonical JSON form.'),
    text: text.describe(
      'An explanation for people: how it was parsed, which part the index answers, and for an event which clause failed.',
    ),
    event: z.object({ cursor, matches: z.boolean(), text }).optional(),
    count: z.object({ matched: count, seen: count, exact: z.boolean() }).optional(),
    notes: z
      .array(text)
      .optional()
      .describe('As of `filters.check`: of every event if none of those that were counted matches.'),
  })
  .meta({ id: 'ExplainResult' })

export const storedEvent = z.object({ cursor, frame: bytes })

export const tags = z
  .object({
    tags: z.array(tagCompletion),
    exact: z
      .boolean()
      .describe(
        'False: the counts are lower bounds, because only recent events were looked at, or there are more tags than listed.',
      ),
    asked,
  })
  .meta({ id: 'Tags' })

export const gaps = z.object({ gaps: z.array(gapInfo), more })
