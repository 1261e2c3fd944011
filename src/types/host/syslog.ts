import { z } from 'zod'
import { hostIn } from '../derivation.js'
import { defineTypes } from '../event-type.js'
import { parsedText } from '../parsed-text.js'
import { count, schemaOf } from '../schema-of.js'

const syslogMessage = () =>
  z.object({
    ...parsedText(),
    message: z.string().meta({ description: 'The text of the message.' }),
    facility: z.string().optional(),
    host: z.string().optional().meta({ description: 'The host that the message names.' }),
    app: z.string().optional(),
    pid: z.string().optional(),
    msgid: z.string().optional(),
    structured: z
      .record(z.string(), z.record(z.string(), z.union([z.string(), z.array(z.string())])))
      .optional()
      .meta({ description: 'Structured data of RFC 5424, by element.' }),
    format: z.enum(['rfc5424', 'rfc3164']),
    peer: z.string().optional().meta({ description: 'The address from which the message came.' }),
    certificate: z.string().optional().meta({ description: 'The name in the certificate of the sender.' }),
    transport: z.enum(['udp', 'tcp', 'relp', 'tls', 'unix']),
    malformed: z.string().optional().meta({
      description: 'Why the message is not as its format says. `message` is then what could not be read.',
    }),
    cut: count()
      .optional()
      .meta({ description: 'Length of the whole message in bytes; only its beginning is included.' }),
    bytes: z
      .string()
      .optional()
      .meta({ description: 'The bytes of the message, if they are not UTF-8.', contentEncoding: 'base64' }),
  })
/** The event as published, with `bytes` as bytes. */
export type SyslogReceived = Omit<z.infer<ReturnType<typeof syslogMessage>>, 'bytes'> & { bytes?: Uint8Array }

/** The events that the sources `syslog/<name>` publish. */
export const syslogTypes = defineTypes([
  {
    type: 'syslog.message',
    tags: ['syslog/*/*/*'],
    summary: 'A message of syslog was received.',
    display: '[{severity} ]{message}[ {fields}][ (repeated {repeated} times)][ (malformed: {malformed})]',
    schema: () => schemaOf(syslogMessage()),
    correlation: ['data.host', 'data.app'],
    host: hostIn('data.host', 'tag.2'),
  },
])

declare module '../event-type.js' {
  interface EventTypes {
    'syslog.message': SyslogReceived
  }
}
