import { z } from 'zod'
import { count, micros, type ResultsOf, text, time } from './shape.js'

export const clusterStatus = z
  .object({
    name: text,
    role: z.enum(['primary', 'follower', 'waiting']),
    primary: text.optional(),
    term: count,
    waiting: count,
    fault: text.optional(),
    nodes: z.array(
      z.object({
        name: text,
        address: text.optional(),
        version: text,
        role: z.enum(['primary', 'follower']),
        position: count,
        lag: count,
      }),
    ),
    silent: z
      .array(z.object({ name: text, address: text.optional(), since: time }))
      .optional()
      .describe('Hubs that have gone without a word in the last 24 hours, while this one ran.'),
  })
  .meta({ id: 'Cluster' })

export const askedHub = {
  hub: text,
  fault: text.optional().describe('Why it is missing from the answer.'),
  code: text.optional(),
  omitted: count.optional().describe('Number of its rows that were left out.'),
}

export const clusterReport = clusterStatus
  .extend({
    nats: z.object({
      server: text,
      version: text,
      stream: text,
      replicas: count.optional().describe('Servers that should store each event.'),
      events: count.optional(),
      bytes: count.optional(),
      leader: text.optional().describe('The server that leads the stream, if there are several.'),
      followers: z.array(
        z.object({
          name: text,
          state: z.enum(['current', 'behind', 'offline']),
          lag: count,
          silent: micros.describe('Time since the leader heard of it, µs.'),
        }),
      ),
      unled: z
        .array(text)
        .optional()
        .describe('The servers that store the stream, while none of them leads it.'),
      fault: text.optional(),
      notes: z.array(text),
    }),
  })
  .meta({ id: 'ClusterReport' })

export const clusterVerifyPart = z
  .object({ stream: text, compared: count, total: count })
  .meta({ id: 'ClusterVerifyPart' })

const seqRange = { from: count, to: count }

const verifiedStream = z.object({
  stream: text,
  holds: text.describe('What it is for.'),
  result: z
    .enum(['equal', 'different', 'incomplete', 'single', 'absent'])
    .describe(
      '`single`: only one server stores it. `absent`: no hub has needed it yet. `incomplete`: not all servers could be compared.',
    ),
  fault: text.optional().describe('Why the stream could not be looked at.'),
  first: count.optional(),
  last: count.optional(),
  messages: count.describe('Messages that were compared.'),
  servers: z.array(
    z.object({
      server: text,
      leads: z.literal(true).optional(),
      fault: text.optional().describe('Why it was not compared.'),
    }),
  ),
  places: count.describe('Number of places that differ.'),
  differences: z.array(
    z.object({
      ...seqRange,
      places: count.describe('How many places of the range differ.'),
      copies: z
        .array(
          z.object({
            servers: z.array(text),
            subject: text.optional().describe('Absent if these servers have nothing there.'),
            time: time.optional(),
          }),
        )
        .describe('What there is at the first place, what most servers have first.'),
    }),
  ),
})

const verdict = z.enum(['equal', 'different', 'incomplete'])

const clusterVerifyReport = z
  .object({
    result: verdict.describe('`incomplete`: nothing differs, but not everything could be compared.'),
    streams: z.array(verifiedStream).describe('That of the log first.'),
    hubs: z.array(
      z.object({
        hub: text,
        result: verdict,
        last: count.optional().describe('Number of the last event that it has delivered.'),
        diverged: z
          .array(z.object(seqRange))
          .describe('Ranges that it has delivered, and that the servers had something else for.'),
        fault: text.optional(),
        code: text.optional(),
      }),
    ),
  })
  .meta({ id: 'ClusterVerifyReport' })

/** All but the one that contains the state of hubs. */
export const clusterResults: Omit<ResultsOf<'cluster'>, 'cluster.overview'> = {
  'cluster.status': clusterReport,
  'cluster.stepDown': z.object({
    before: text.describe('The hub that was the primary.'),
    primary: text,
    term: count,
  }),
  'cluster.verify': clusterVerifyReport,
}
