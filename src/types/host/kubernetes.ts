import { z } from 'zod'
import { hostIn } from '../derivation.js'
import { defineTypes } from '../event-type.js'
import { repeatedField, severityField } from '../parsed-text.js'
import { count, schemaOf, time } from '../schema-of.js'

const kubernetesEvent = () =>
  z.object({
    reason: z.string().meta({ description: 'Such as BackOff or Scheduled.' }),
    message: z.string(),
    type: z.string().optional().meta({ description: 'Normal or Warning.' }),
    severity: severityField(),
    time: time().optional().meta({ description: 'When it was seen last.' }),
    first: time().optional().meta({ description: 'When it was seen first.' }),
    count: count().optional().meta({ description: 'How often it was seen.' }),
    namespace: z.string().optional(),
    kind: z.string().meta({ description: 'Kind of the object that the event is about, such as Pod.' }),
    object: z.string().meta({ description: 'Its name.' }),
    field: z.string().optional().meta({ description: 'The part of it, such as a container.' }),
    action: z.string().optional(),
    component: z.string().optional().meta({ description: 'Who has reported it.' }),
    node: z.string().optional().meta({ description: 'On which node.' }),
    uid: z
      .string()
      .optional()
      .meta({ description: 'Identity of the event, which is the same when it is seen again.' }),
    repeated: repeatedField(),
  })
export type KubernetesEvent = z.infer<ReturnType<typeof kubernetesEvent>>

/** The events that the sources `kubernetes/<name>` publish. */
export const kubernetesTypes = defineTypes([
  {
    type: 'kubernetes.event',
    tags: ['kubernetes/*/*/*/*'],
    summary: 'Kubernetes has reported something about an object of a cluster.',
    display: '[{severity} ]{kind} {object}: {reason}: {message}[ (repeated {repeated} times)]',
    schema: () => schemaOf(kubernetesEvent()),
    correlation: ['data.object', 'data.uid'],
    host: hostIn('data.node'),
  },
])

declare module '../event-type.js' {
  interface EventTypes {
    'kubernetes.event': KubernetesEvent
  }
}
