import { z } from 'zod'
import { count, micros, seqRange, text, time } from './shape.js'

const node = z
  .object({
    name: text,
    address: text.optional(),
    version: text,
    role: z.enum(['primary', 'follower']),
    position: count.describe('Number of its last event.'),
    lag: count.describe('Difference to the number of the hub that is ahead of all.'),
  })
  .meta({ id: 'ClusterNode' })

const silentHub = z
  .object({
    name: text,
    address: text.optional(),
    since: time.describe('When this hub noticed, µs since the epoch.'),
  })
  .meta({ id: 'SilentHub' })

export const clusterStatus = z
  .object({
    name: text.describe('Name of this hub.'),
    role: z.enum(['primary', 'follower', 'waiting']).describe('`waiting`: it knows of no primary.'),
    primary: text.optional().describe('Name of the primary.'),
    term: count,
    waiting: count.describe('Batches of events that no primary has stored yet.'),
    fault: text.optional(),
    notes: z
      .array(text)
      .optional()
      .describe('Notes for the operator about the servers of NATS, if there are any.'),
    nodes: z.array(node),
    silent: z
      .array(silentHub)
      .optional()
      .describe('Hubs that were lost silently in the last 24 hours, while this one ran.'),
  })
  .meta({ id: 'ClusterStatus' })

export const askedHub = z
  .object({
    hub: text,
    fault: text.optional().describe('Why it is missing from the answer.'),
    code: text.optional(),
    omitted: count.optional().describe('Number of its rows that were left out.'),
  })
  .meta({ id: 'AskedHub', description: 'A hub that was asked for a part of an answer.' })

const streamFollower = z
  .object({
    name: text,
    state: z.enum(['current', 'behind', 'offline']).describe('`offline`: the leader does not hear of it.'),
    lag: count,
    silent: micros.describe('Time since the leader heard of it, µs.'),
  })
  .meta({ id: 'StreamFollower' })

const natsReport = z
  .object({
    server: text.describe('The server that this hub is connected to.'),
    version: text,
    stream: text,
    replicas: count.optional().describe('Servers that should store each event.'),
    events: count.optional(),
    bytes: count.optional(),
    leader: text.optional().describe('The server that leads the stream, if there are several.'),
    followers: z.array(streamFollower),
    unled: z
      .array(text)
      .optional()
      .describe('The servers that store the stream, while none of them leads it.'),
    fault: text.optional().describe('Why the servers have not answered.'),
    notes: z.array(text).describe('Notes for the operator about them, and about the hubs.'),
  })
  .meta({
    id: 'NatsReport',
    description: 'The servers that store the log, as far as they answer.',
  })

export const clusterReport = clusterStatus.extend({ nats: natsReport }).meta({ id: 'ClusterReport' })

export const stepDownReport = z
  .object({ before: text.describe('The hub that was the primary.'), primary: text, term: count })
  .meta({ id: 'StepDownReport' })

export const clusterVerifyPart = z
  .object({ stream: text, compared: count, total: count })
  .meta({ id: 'ClusterVerifyPart', description: 'Progress of the comparison of one stream.' })

const difference = z.object({
  ...seqRange,
  places: count.describe('Number of places of the range that differ.'),
  copies: z
    .array(
      z.object({
        servers: z.array(text),
        subject: text.optional().describe('Absent if these servers have nothing there.'),
        time: time.optional(),
      }),
    )
    .describe('The copies of the first place; the one that most servers have is the first.'),
})

const verifiedStream = z
  .object({
    stream: text,
    holds: text.describe('The purpose of the stream, in words.'),
    result: z
      .enum(['equal', 'different', 'incomplete', 'single', 'absent'])
      .describe(
        '`single`: only one server stores it. `absent`: no hub has needed it yet. `incomplete`: not all servers could be compared.',
      ),
    fault: text.optional().describe('Why the stream could not be looked at.'),
    first: count.optional().describe('The first that was compared; without messages, the one to come.'),
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
    differences: z.array(difference),
  })
  .meta({ id: 'VerifiedStream', description: 'The result of comparing the copies of one stream.' })

const verdict = z.enum(['equal', 'different', 'incomplete'])

const verifiedHub = z
  .object({
    hub: text,
    result: verdict,
    last: count.optional().describe('Number of the last event that it has delivered.'),
    diverged: z
      .array(z.object(seqRange))
      .describe('Ranges that it has delivered, and that the servers had something else for.'),
    fault: text.optional().describe('Why it is not known.'),
    code: text.optional(),
  })
  .meta({
    id: 'VerifiedHub',
    description: 'The events that a hub has delivered, compared with the copies at the servers.',
  })

export const clusterVerifyReport = z
  .object({
    result: verdict.describe('`incomplete`: nothing differs, but not everything could be compared.'),
    streams: z.array(verifiedStream).describe('That of the log first.'),
    hubs: z.array(verifiedHub).describe('All hubs, the one that was asked included, by name.'),
  })
  .meta({ id: 'ClusterVerifyReport' })
