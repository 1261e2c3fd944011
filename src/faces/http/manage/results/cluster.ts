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
      fault: text.optional(),
      notes: z.array(text),
    }),
  })
  .meta({ id: 'ClusterReport' })

/** All but the one that contains the state of hubs. */
export const clusterResults: Omit<ResultsOf<'cluster'>, 'cluster.overview'> = {
  'cluster.status': clusterReport,
  'cluster.stepDown': z.object({
    before: text.describe('The hub that was the primary.'),
    primary: text,
    term: count,
  }),
}
