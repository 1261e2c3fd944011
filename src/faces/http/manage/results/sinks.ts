import { z } from 'zod'
import { count, micros, type ResultsOf, text, time } from './shape.js'

export const sinkState = z
  .object({
    name: text,
    type: text,
    target: text.describe('Where it delivers to.'),
    state: z.enum(['starting', 'up', 'retrying', 'paused', 'standby', 'down', 'stopped']),
    since: time,
    reason: text.optional(),
    nextTry: time.optional(),
    lastDelivery: time.optional(),
    parallel: count.describe('Deliveries at once.'),
    delivered: count,
    parked: count.describe('Events that it has parked since the hub started.'),
    failures: count.describe('Attempts that have failed since the hub started.'),
    heldBytes: count.describe('Bytes of events in memory.'),
    consumer: text.describe('The durable consumer that has its position.'),
  })
  .meta({ id: 'SinkState' })

const sink = sinkState
  .extend({
    lagEvents: count,
    lagMicros: micros,
    parkedEvents: count.describe('Events that are parked now.'),
  })
  .meta({ id: 'Sink' })

export const sinkResults: ResultsOf<'sinks'> = {
  'sinks.list': z.object({ sinks: z.array(sink) }),
  'sinks.pause': sink,
  'sinks.resume': sink,
  'sinks.test': z.object({ name: text, took: micros }),
}
