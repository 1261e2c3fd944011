import { z } from 'zod'
import { defineTypes } from '../event-type.js'
import { repeatedField, severityField } from '../parsed-text.js'
import { schemaOf, time } from '../schema-of.js'

const values = () => z.record(z.string(), z.unknown()).optional()
const id = () => z.string().optional()

const common = () => ({
  service: z
    .string()
    .optional()
    .meta({ description: 'The name of the service: `service.name` of the resource.' }),
  host: z.string().optional().meta({ description: '`host.name` of the resource.' }),
  resource: values().meta({ description: 'What it comes from, by the names of OpenTelemetry.' }),
  scope: z
    .object({ name: z.string().optional(), version: z.string().optional(), attributes: values() })
    .optional()
    .meta({ description: 'The library that has made it.' }),
  attributes: values(),
  trace: id().meta({ description: 'The trace that it belongs to, 32 hexadecimal digits.' }),
  span: id().meta({ description: 'The span, 16 hexadecimal digits.' }),
  repeated: repeatedField(),
})

const otlpLog = () =>
  z.object({
    time: time().optional().meta({ description: 'When it happened, or else when it was observed.' }),
    severity: severityField(),
    message: z.string().optional().meta({ description: 'The body, if it is a text.' }),
    body: z.unknown().optional().meta({ description: 'The body, if it is something else.' }),
    event: z.string().optional().meta({ description: 'The name of the kind of event.' }),
    level: z.string().optional().meta({ description: 'The severity as the program calls it.' }),
    ...common(),
  })
export type OtlpLog = z.infer<ReturnType<typeof otlpLog>>

const otlpSpan = () =>
  z.object({
    time: time().optional().meta({ description: 'When it ended.' }),
    severity: severityField().meta({ description: '`err` if it has failed.' }),
    message: z.string().optional().meta({ description: 'What its status says.' }),
    name: z.string(),
    kind: z.enum(['internal', 'server', 'client', 'producer', 'consumer']).optional(),
    status: z.enum(['ok', 'error']).optional(),
    since: time().optional().meta({ description: 'When it began.' }),
    seconds: z.number().min(0).optional().meta({ description: 'How long it took.' }),
    parent: id().meta({ description: 'The span that it is a part of.' }),
    links: z.array(z.object({ trace: id(), span: id(), attributes: values() })).optional(),
    ...common(),
  })
export type OtlpSpan = z.infer<ReturnType<typeof otlpSpan>>

const otlpSpanEvent = () =>
  z.object({
    time: time().optional(),
    severity: severityField().meta({ description: '`err` for an exception.' }),
    message: z.string().optional().meta({ description: 'The message of an exception.' }),
    name: z.string().meta({ description: 'The name of the event, such as `exception`.' }),
    of: z.string().optional().meta({ description: 'The name of the span in which it happened.' }),
    ...common(),
  })
export type OtlpSpanEvent = z.infer<ReturnType<typeof otlpSpanEvent>>

/** The events that the sources `otlp/<name>` publish. */
export const otlpTypes = defineTypes([
  {
    type: 'otlp.log',
    tags: ['otlp/*/log/*'],
    summary: 'A program has sent a record of its log with OpenTelemetry.',
    display: '[{severity} ][{service}: ][{message}][{body}][{event}][ (repeated {repeated} times)]',
    schema: () => schemaOf(otlpLog()),
    correlation: ['data.trace'],
  },
  {
    type: 'otlp.span',
    tags: ['otlp/*/span/*'],
    summary: 'Work that a program has traced with OpenTelemetry has ended.',
    display: '[{severity} ][{service}: ]{name}[ {seconds} s][: {message}][ (repeated {repeated} times)]',
    schema: () => schemaOf(otlpSpan()),
    correlation: ['data.trace'],
  },
  {
    type: 'otlp.event',
    tags: ['otlp/*/event/*'],
    summary: 'Something has happened within work that a program has traced with OpenTelemetry.',
    display: '[{severity} ][{service}: ]{name}[ in {of}][: {message}][ (repeated {repeated} times)]',
    schema: () => schemaOf(otlpSpanEvent()),
    correlation: ['data.trace'],
  },
])

declare module '../event-type.js' {
  interface EventTypes {
    'otlp.log': OtlpLog
    'otlp.span': OtlpSpan
    'otlp.event': OtlpSpanEvent
  }
}
