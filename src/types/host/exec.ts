import { z } from 'zod'
import { defineTypes } from '../event-type.js'
import { outputLine, severityField } from '../parsed-text.js'
import { count, schemaOf } from '../schema-of.js'

const hostExecLine = () => z.object(outputLine())
export type HostExecLine = z.infer<ReturnType<typeof hostExecLine>>

const hostExecExit = () =>
  z.object({
    code: z.int().meta({ description: 'Exit code; the number of the signal if one ended the command.' }),
    signal: z.string().optional(),
    fault: z.string().optional().meta({ description: 'Why the command could not be run.' }),
    timeout: z.literal(true).optional().meta({ description: 'True if it was ended after `timeLimit`.' }),
    seconds: z.number(),
    lines: count().meta({ description: 'Lines that were published.' }),
    leftOut: count().optional().meta({ description: 'Bytes beyond `maxOutput`.' }),
    severity: severityField(),
  })
export type HostExecExit = z.infer<ReturnType<typeof hostExecExit>>

/** The events that the sources `exec/<name>` publish. */
export const execTypes = defineTypes([
  {
    type: 'host.exec.line',
    tags: ['host/*/exec/*/line'],
    summary: 'A configured command wrote a line.',
    display: '[{severity} ][{line}][{message}][ {fields}][ (repeated {repeated} times)]',
    schema: () => schemaOf(hostExecLine()),
  },
  {
    type: 'host.exec.exit',
    tags: ['host/*/exec/*/exit'],
    summary: 'A configured command has ended.',
    display: 'ended with {code} after {seconds|seconds}[: {fault}]',
    schema: () => schemaOf(hostExecExit()),
  },
])

declare module '../event-type.js' {
  interface EventTypes {
    'host.exec.line': HostExecLine
    'host.exec.exit': HostExecExit
  }
}
