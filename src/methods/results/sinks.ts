import { z } from 'zod'
import { count, micros, text, time } from './shape.js'

export const sinkState = z
  .object({
    name: text,
    type: text,
    target: text.describe('Where it delivers to.'),
    state: z
      .enum(['starting', 'up', 'retrying', 'paused', 'standby', 'down', 'stopped'])
      .describe(
        '`retrying`: an attempt has failed, and another follows. `standby`: another hub of the cluster delivers. `down`: its consumer cannot be used.',
      ),
    since: time,
    reason: text.optional(),
    nextTry: time.optional(),
    lastDelivery: time.optional(),
    parallel: count.describe('Deliveries at once.'),
    delivered: count.describe('Events delivered since the hub started.'),
    parked: count.describe('Events that it has parked since the hub started.'),
    failures: count.describe('Attempts that have failed since the hub started.'),
    rejected: count.describe(
      'Records and spans of delivered messages that the destination said it has not kept.',
    ),
    heldBytes: count.describe('Bytes of events in memory.'),
    consumer: text.describe('The durable consumer that has its position.'),
  })
  .meta({ id: 'SinkState' })

export const sink = sinkState
  .extend({
    lagEvents: count.describe('Events that are to be delivered.'),
    lagMicros: micros.describe('Age of the first of them, µs.'),
    parkedEvents: count.describe('Events that are parked now.'),
  })
  .meta({ id: 'SinkInfo', description: 'A sink, with what its consumer says.' })

export const sinks = z.object({ sinks: z.array(sink) })
export const sinkTest = z
  .object({
    name: text,
    took: micros.describe('The duration of the delivery, µs.'),
    request: z
      .object({ url: text, headers: z.record(z.string(), text), body: text })
      .optional()
      .describe('With `dryRun`: what would be sent.'),
  })
  .meta({ id: 'SinkTest' })
