import { z } from 'zod'
import { defineTypes } from './event-type.js'
import { count, schemaOf } from './schema-of.js'

const clock = z.object({ ahead: count().describe('µs') })

/** The event about the clock of a hub. */
export const clockTypes = defineTypes([
  {
    type: 'hub.clock',
    tags: ['hub/clock'],
    summary:
      'The clock has jumped ahead, which retention by age does not count until it has lasted for a day.',
    display: 'the clock has jumped ahead',
    schema: schemaOf(clock),
  },
])

declare module './event-type.js' {
  interface EventTypes {
    'hub.clock': z.output<typeof clock>
  }
}
