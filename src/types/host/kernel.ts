import { z } from 'zod'
import { defineTypes } from '../event-type.js'
import { parsedText } from '../parsed-text.js'
import { count, schemaOf } from '../schema-of.js'

const hostKernelMessage = () =>
  z.object({
    ...parsedText(),
    message: z.string(),
    facility: z
      .string()
      .meta({ description: 'kern, or that of a program that wrote into the log of the kernel.' }),
    number: count().meta({ description: 'Number of the message since the host was started.' }),
    caller: z
      .string()
      .optional()
      .meta({ description: 'The thread (T) or processor (C) that wrote the message.' }),
    continued: z.literal(true).optional().meta({ description: 'True if it is a part of a longer message.' }),
  })
export type HostKernelMessage = z.infer<ReturnType<typeof hostKernelMessage>>

/** The events that the source `kernel` publishes. */
export const kernelTypes = defineTypes([
  {
    type: 'host.kernel.message',
    tags: ['host/*/kernel/*'],
    summary: 'The kernel wrote a message.',
    display: '[{severity} ]{message}[ {fields}][ (repeated {repeated} times)]',
    schema: () => schemaOf(hostKernelMessage()),
  },
])

declare module '../event-type.js' {
  interface EventTypes {
    'host.kernel.message': HostKernelMessage
  }
}
