import { z } from 'zod'
import { severityNames } from '../event/severity.js'
import { count, cursor, more, text, time } from '../methods/results/shape.js'
import { STATES } from './host-order.js'

const counts = z
  .object({
    ...Object.fromEntries(severityNames.map((name) => [name, count.optional()])),
    unsaid: count.optional().describe('Events that say no severity.'),
  })
  .meta({ id: 'SeverityCounts' })

const lastEvent = z.object({ cursor, time })

export const host = z
  .object({
    name: text,
    state: z
      .enum(STATES)
      .describe('The worst that is known of the last hour; `silent`, or `left` if it has said that it goes.'),
    first: time.describe('When it was heard first.'),
    last: time,
    events: count.describe('Since it was heard first.'),
    hour: counts.describe('Events of the last hour by severity, and of up to 10 minutes before.'),
    day: counts.describe('Events of the last day by severity, and of up to 2 hours before.'),
    sources: z.array(text).describe('Kinds of sources that speak for it.'),
    labels: z.record(text, text).describe('By the configuration.'),
    silentAfter: count
      .optional()
      .describe('µs without an event until it counts as silent; absent if its rhythm is not known.'),
    lastWarning: lastEvent.optional(),
    lastError: lastEvent.optional(),
  })
  .meta({ id: 'HostInfo' })

export const hostList = z.object({
  hosts: z.array(host),
  states: z.record(text, count).describe('Hosts in each state, of those that match.'),
  more,
  untracked: count.optional().describe('Events of hosts beyond `hosts.most`. Right: `monitor`.'),
})

export const hostMap = z
  .object({
    now: time.describe('The time by which hosts are judged, µs since the epoch.'),
    names: z.array(text).describe('The hosts. The other columns have one number for each.'),
    levels: z
      .array(count)
      .describe(
        'The worst of the chosen time: 0 `emerg` to 7 `debug`, 8 events without severity, 9 no event; 10 silent, 11 left.',
      ),
    troubles: z.array(count).describe('Errors in the chosen time, or warnings if there were no errors.'),
    heard: z.array(count).describe('Seconds since the last event.'),
    kinds: z.array(count).describe('Which of `sources` speak for the host, one bit each.'),
    labels: z.array(count).describe('Indexes in `labelSets`.'),
    os: z.array(count).describe('Indexes in `systems`.'),
    sources: z.array(text).describe('Kinds of sources.'),
    systems: z.array(text).describe('Operating systems; empty if none is known.'),
    labelSets: z.array(z.record(text, text)),
    next: text.optional().describe('Continues the answer, as `after`. Absent at the end.'),
  })
  .meta({ id: 'HostMap' })

const shownEvent = z
  .object({
    cursor,
    time,
    tag: text,
    severity: text.optional(),
    host: text.optional().describe('As the event names it.'),
    summary: text,
  })
  .meta({ id: 'HostEvent' })

export const hostDetails = z.object({
  host,
  aliases: z.array(text).describe('Other names, by the configuration.'),
  names: z.array(text).describe('The names that it has in events, as far as they are known.'),
  facts: z
    .record(text, z.unknown())
    .optional()
    .describe('The description of the host that it has sent last.'),
  events: z
    .array(shownEvent)
    .describe('The last event, the last warning and the last error, the newest first.'),
})

export const removed = z.object({ removed: z.array(text) })
