import { z } from 'zod'
import { defineTypes } from '../types/event-type.js'
import { count, schemaOf, time } from '../types/schema-of.js'

const states = ['retrying', 'back', 'paused', 'resumed', 'down', 'parked', 'rejected', 'gap', 'test'] as const

const sink = z.object({
  sink: z.string(),
  state: z.enum(states),
  reason: z.string(),
  since: time().optional(),
  count: count().optional().describe('Events that are parked, or items of a message that were not kept'),
  cursor: z.string().optional().describe('The first of them'),
})

/** The events about sinks. */
export const sinkTypes = defineTypes([
  {
    type: 'hub.sink',
    tags: ['hub/sink/*'],
    summary:
      'A sink cannot deliver, delivers again, was paused or resumed, has parked events, or delivered items that the destination has not kept.',
    display: '{sink} {state}[: {reason}]',
    schema: schemaOf(sink),
    correlation: ['data.sink'],
  },
])
