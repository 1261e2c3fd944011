import { z } from 'zod'
import { count, micros, type ResultsOf, text } from './shape.js'

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
  })
  .meta({ id: 'Cluster' })

const report = clusterStatus
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

export const clusterResults: ResultsOf<'cluster'> = {
  'cluster.status': report,
  'cluster.stepDown': z.object({
    before: text.describe('The hub that was the primary.'),
    primary: text,
    term: count,
  }),
}
