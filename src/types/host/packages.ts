import { z } from 'zod'
import { defineTypes } from '../event-type.js'
import { repeatedField, severityField } from '../parsed-text.js'
import { schemaOf, time } from '../schema-of.js'

export const packageActions = ['install', 'upgrade', 'configure', 'remove', 'purge'] as const

const hostPackage = () =>
  z.object({
    action: z.enum(packageActions),
    package: z.string(),
    architecture: z.string().optional(),
    version: z
      .string()
      .optional()
      .meta({ description: 'The version after the action; absent if there is none.' }),
    from: z.string().optional().meta({ description: 'The version before the action.' }),
    time: time().optional(),
    severity: severityField(),
    command: z.string().optional().meta({ description: 'The command of apt that caused it.' }),
    user: z
      .string()
      .optional()
      .meta({ description: 'The user who ran the command with sudo, if apt knows it.' }),
    repeated: repeatedField(),
  })
export type HostPackage = z.infer<ReturnType<typeof hostPackage>>

/** The events that the source `packages` publishes. */
export const packageTypes = defineTypes([
  {
    type: 'host.package',
    tags: packageActions.map((action) => `host/*/packages/*/${action}`),
    summary: 'dpkg has begun to install, upgrade, configure or remove a package.',
    display: '{action} {package}[ {version}][ (was {from})][ (repeated {repeated} times)]',
    schema: () => schemaOf(hostPackage()),
    correlation: ['data.package'],
  },
])

declare module '../event-type.js' {
  interface EventTypes {
    'host.package': HostPackage
  }
}
