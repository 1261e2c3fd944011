import { z } from 'zod'
import { severityByWord } from '../types/derivation.js'
import { defineTypes } from '../types/event-type.js'
import { count, schemaOf } from '../types/schema-of.js'
import { pushStates, pushSteps } from './item.js'

const push = () =>
  z.object({
    id: count(),
    device: z.string(),
    user: z.string().meta({ description: 'The principal that has sent it.' }),
    usid: count(),
    confirm: count().meta({ description: 'Seconds until the device returns to what it had.' }),
    state: z.enum([...pushStates, 'deleted']),
    step: z.enum(pushSteps).optional(),
    since: count().meta({ description: 'µs since the epoch.' }),
    attempts: count(),
    reason: z.string().optional(),
    has: z
      .enum(['old', 'new', 'unknown'])
      .optional()
      .meta({ description: 'The configuration that the device has now.' }),
  })
export type PushEvent = z.infer<ReturnType<typeof push>>

/** The events about configuration that is sent to devices. */
export const pushTypes = defineTypes([
  {
    type: 'hub.push',
    tags: ['hub/push/*/*'],
    summary: 'A change of the configuration of a network device has another state.',
    display:
      'change {id} of {user} for {device}: {state}[, {step}][, the device has the {has} configuration][: {reason}]',
    schema: () => schemaOf(push()),
    correlation: ['data.id', 'data.device'],
    severity: severityByWord(['data.state'], {
      waiting: 'info',
      executing: 'info',
      locked: 'notice',
      completed: 'notice',
      failed: 'err',
      deleted: 'notice',
    }),
  },
])

declare module '../types/event-type.js' {
  interface EventTypes {
    'hub.push': PushEvent
  }
}
