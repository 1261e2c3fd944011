import { z } from 'zod'
import { defineTypes } from '../event-type.js'
import { repeatedField, severityField } from '../parsed-text.js'
import { count, schemaOf, time } from '../schema-of.js'

const unitActions = ['failed', 'restarted', 'started', 'stopped'] as const
export type UnitAction = (typeof unitActions)[number]

const hostUnit = () =>
  z.object({
    unit: z.string(),
    action: z.enum(unitActions),
    severity: severityField(),
    state: z.string().meta({ description: 'Such as active, inactive or failed.' }),
    detail: z.string().meta({ description: 'The finer state, such as running or exited.' }),
    description: z.string(),
    result: z
      .string()
      .optional()
      .meta({ description: 'Why it failed, such as exit-code, signal or timeout.' }),
    code: z.int().optional().meta({ description: 'Exit code or signal of its main process.' }),
    restarts: count().optional().meta({ description: 'How often systemd has started it again by itself.' }),
    time: time().optional().meta({ description: 'When its state changed last.' }),
    repeated: repeatedField(),
  })
export type HostUnit = z.infer<ReturnType<typeof hostUnit>>

/** The events that the source `systemd` publishes. */
export const unitTypes = defineTypes([
  {
    type: 'host.unit',
    tags: unitActions.map((action) => `host/*/systemd/*/${action}`),
    summary: 'A unit of systemd has failed, or was started, restarted or stopped.',
    display: '{unit} {action}[: {result}][ {code}][ (repeated {repeated} times)]',
    schema: () => schemaOf(hostUnit()),
    correlation: ['data.unit'],
  },
])

declare module '../event-type.js' {
  interface EventTypes {
    'host.unit': HostUnit
  }
}
