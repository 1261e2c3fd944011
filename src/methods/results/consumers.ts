import { z } from 'zod'
import { askedHub } from './cluster.js'
import { bytes, count, cursor, micros, more, text, time } from './shape.js'

const subscriber = z
  .object({
    id: text.describe('Different for each subscriber of a hub.'),
    hub: text.optional().describe('The hub that it is connected to, if all hubs were asked.'),
    label: text.describe('Face and peer: `unix pid 4711`.'),
    principal: text,
    usid: count.optional().describe('Number of its session, as in notifications of NSO.'),
    filter: text.describe('In force: within the rights of its principal.'),
    asked: text
      .optional()
      .describe(
        'As the subscriber gave it: a pattern, a list of patterns or a filter, in JSON. Absent for everything.',
      ),
    state: z.enum(['live', 'catching-up']),
    lag: z.enum(['catch-up', 'skip', 'disconnect']),
    maxLag: z.object({ bytes: count.optional(), age: z.number().optional().describe('ms') }).optional(),
    consumer: text.optional(),
    gates: z.array(text),
    cursor: cursor.describe('Everything up to this position has been given to it.'),
    lagEvents: count,
    lagMicros: micros,
    slowSince: time.optional().describe('When it fell behind; absent while it keeps up.'),
    connected: time,
    delivered: count.describe('Events since it connected.'),
    skipped: count,
    pending: count.describe('Bytes written that its connection has not taken yet.'),
  })
  .meta({ id: 'SubscriberInfo' })

export const subscribers = z
  .object({
    subscribers: z.array(subscriber),
    omitted: count.optional().describe('Number of those that were left out.'),
    hubs: z
      .array(askedHub)
      .optional()
      .describe('The hubs that were asked, if all were. Those of one with a `fault` are missing.'),
  })
  .meta({ id: 'SubscriberList' })

export const consumer = z
  .object({
    name: text,
    filter: text,
    cursor: cursor.describe('Everything up to this position is settled.'),
    lagEvents: count.describe('Events not settled: `pending`, and those of the log that are to come.'),
    lagMicros: micros.describe('Age of the first event that is not settled, µs.'),
    pending: count.describe('Events delivered, but not acknowledged yet.'),
    parked: count,
    connections: count.describe('Its connections to this hub.'),
    created: time,
    hub: text.optional().describe('The hub that serves it, if several share it and one does.'),
  })
  .meta({ id: 'ConsumerInfo' })

export const consumerDetail = consumer
  .extend({
    unacknowledged: z
      .array(z.object({ cursor, tries: count, due: time.optional().describe('The next try.') }))
      .describe('Oldest first, at most 100.'),
  })
  .meta({ id: 'ConsumerDetail' })

export const seekReport = z
  .object({
    name: text,
    from: cursor,
    to: cursor,
    events: count.describe('Matching events that will be delivered, perhaps again, from there.'),
    skipped: count
      .optional()
      .describe(
        'Matching events that it has not settled, and that it will not get. Absent in answers of earlier versions.',
      ),
    exact: z.boolean().describe('False if a count stopped at the limit of work.'),
    dryRun: z.boolean(),
  })
  .meta({ id: 'SeekReport' })

const parked = z
  .object({
    id: text,
    consumer: text,
    cursor: cursor.describe('Cursor of the event in the log.'),
    tag: text,
    source: text,
    time,
    tries: count,
    reason: text,
    parkedAt: time,
    reparkedFrom: z
      .object({ tries: count, reason: text, parkedAt: time })
      .optional()
      .describe('The previous parking, if the event was redelivered and failed again.'),
  })
  .meta({ id: 'ParkedInfo' })

export const parkedEvent = parked.extend({ frame: bytes }).meta({ id: 'ParkedEvent' })

export const consumers = z.object({ consumers: z.array(consumer) })
export const deletedConsumer = z.object({
  name: text,
  parked: count.describe('Parked events deleted with it.'),
})
export const parkedList = z.object({ parked: z.array(parked), more })
export const parkedCount = z.object({ count })
