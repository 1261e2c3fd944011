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

const shownEvent = z
  .object({ cursor, time, tag: text, severity: text.optional(), summary: text })
  .meta({ id: 'HostEvent' })

export const hostDetails = z.object({
  host,
  aliases: z.array(text).describe('Other names, by the configuration.'),
  facts: z
    .record(text, z.unknown())
    .optional()
    .describe('The description of the host that it has sent last.'),
  events: z
    .array(shownEvent)
    .describe('The last event, the last warning and the last error, the newest first.'),
})

export const removed = z.object({ removed: z.array(text) })
