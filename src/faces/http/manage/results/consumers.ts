import { z } from 'zod'
import { cloudEvent } from '../schemas.js'
import { askedHub } from './cluster.js'
import { count, cursor, micros, more, type ResultsOf, text, time } from './shape.js'

const subscriber = z
  .object({
    id: text.describe('Different for each subscriber of a hub.'),
    hub: text.optional().describe('The hub that it is connected to, if all hubs were asked.'),
    label: text.describe('Face and peer.'),
    principal: text,
    usid: count.optional().describe('Number of its session, as in notifications of NSO.'),
    filter: text.describe('In force: within the rights of its principal.'),
    asked: text.optional().describe('As the subscriber gave it, in JSON. Absent for everything.'),
    state: z.enum(['live', 'catching-up']),
    lag: z.enum(['catch-up', 'skip', 'disconnect']),
    maxLag: z.object({ bytes: count.optional(), age: z.number().optional().describe('ms') }).optional(),
    consumer: text.optional(),
    gates: z.array(text),
    cursor: cursor.describe('Everything up to this position has been given to it.'),
    lagEvents: count,
    lagMicros: micros,
    slowSince: time.optional(),
    connected: time,
    delivered: count,
    skipped: count,
    pending: count.describe('Bytes written that its connection has not taken yet.'),
  })
  .meta({ id: 'Subscriber' })

const consumer = z
  .object({
    name: text,
    filter: text,
    cursor: cursor.describe('Everything up to this position is settled.'),
    lagEvents: count,
    lagMicros: micros,
    pending: count.describe('Events delivered, but not acknowledged yet.'),
    parked: count,
    connections: count.describe('Its connections to this hub.'),
    created: time,
    hub: text.optional().describe('The hub that serves it, if several share it and one does.'),
  })
  .meta({ id: 'Consumer' })

const consumerDetail = consumer
  .extend({
    unacknowledged: z
      .array(z.object({ cursor, tries: count, due: time.optional() }))
      .describe('Oldest first, at most 100.'),
  })
  .meta({ id: 'ConsumerDetail' })

const parked = z
  .object({
    id: text,
    consumer: text,
    cursor,
    tag: text,
    source: text,
    time,
    tries: count,
    reason: text,
    parkedAt: time,
    reparkedFrom: z.object({ tries: count, reason: text, parkedAt: time }).optional(),
  })
  .meta({ id: 'Parked' })

export const consumerResults: ResultsOf<'subscribers' | 'consumers' | 'parked'> = {
  'subscribers.list': z.object({
    subscribers: z.array(subscriber),
    omitted: count.optional().describe('Number of those that were left out.'),
    hubs: z
      .array(z.object(askedHub))
      .optional()
      .describe('The hubs that were asked, if all were. Those of one with a `fault` are missing.'),
  }),
  'consumers.list': z.object({ consumers: z.array(consumer) }),
  'consumers.get': consumerDetail,
  'consumers.create': consumer,
  'consumers.delete': z.object({ name: text, parked: count.describe('Parked events deleted with it.') }),
  'consumers.seek': z.object({
    name: text,
    from: cursor,
    to: cursor,
    events: count.describe('Matching events that will be delivered from there.'),
    skipped: count.optional().describe('Matching events that it has not settled, and that it will not get.'),
    exact: z.boolean(),
    dryRun: z.boolean(),
  }),
  'parked.list': z.object({ parked: z.array(parked), more }),
  'parked.get': parked.extend({ event: cloudEvent }).meta({ id: 'ParkedEvent' }),
  'parked.redeliver': z.object({ count }),
  'parked.delete': z.object({ count }),
}
