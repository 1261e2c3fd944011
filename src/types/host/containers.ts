import { z } from 'zod'
import { defineTypes } from '../event-type.js'
import { outputLine, repeatedField, severityField } from '../parsed-text.js'
import { schemaOf, time } from '../schema-of.js'

export const containerActions = [
  'create',
  'start',
  'restart',
  'stop',
  'kill',
  'die',
  'oom',
  'health',
  'pause',
  'unpause',
  'rename',
  'destroy',
] as const
export type ContainerAction = (typeof containerActions)[number]

const hostContainer = () =>
  z.object({
    action: z.enum(containerActions),
    name: z.string(),
    id: z.string(),
    image: z.string().optional(),
    code: z.int().optional().meta({ description: 'Exit code of a container that has ended.' }),
    signal: z.string().optional().meta({ description: 'Number or name of the signal that was sent.' }),
    health: z.string().optional().meta({ description: 'Such as healthy or unhealthy.' }),
    severity: severityField(),
    time: time().optional(),
    labels: z.record(z.string(), z.string()).optional().meta({
      description: 'Labels of the container, and what else the daemon says about it.',
    }),
    repeated: repeatedField(),
  })
export type HostContainer = z.infer<ReturnType<typeof hostContainer>>

const hostContainerLine = () =>
  z.object({
    name: z.string(),
    id: z.string(),
    image: z.string().optional(),
    ...outputLine(),
  })
export type HostContainerLine = z.infer<ReturnType<typeof hostContainerLine>>

/** The events that the source `containers` publishes. */
export const containerTypes = defineTypes([
  {
    type: 'host.container',
    tags: containerActions.map((action) => `host/*/containers/*/${action}`),
    summary: 'A container of Docker or Podman was started, has ended, or has changed otherwise.',
    display: '{name} {action}[ with {code}][ {health}][ ({image})][ (repeated {repeated} times)]',
    schema: () => schemaOf(hostContainer()),
    correlation: ['data.name'],
  },
  {
    type: 'host.container.line',
    tags: ['host/*/containers/*/line'],
    summary: 'A container of Docker or Podman wrote a line.',
    display: '{name}: [{severity} ][{line}][{message}][ {fields}][ (repeated {repeated} times)]',
    schema: () => schemaOf(hostContainerLine()),
    correlation: ['data.name'],
  },
])

declare module '../event-type.js' {
  interface EventTypes {
    'host.container': HostContainer
    'host.container.line': HostContainerLine
  }
}
