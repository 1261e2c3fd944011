import { z } from 'zod'
import { execConfig } from './exec/config.js'
import { fileConfig } from './file/config.js'
import { mailConfig } from './mail/config.js'
import { otlpConfig } from './otlp/config.js'
import { syslogConfig } from './syslog/config.js'
import { webhookConfig } from './webhook/config.js'

const MAX_SINKS = 256

const sinkName = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, {
  error: 'must be 1 to 64 letters, digits, dots, dashes and underscores',
})

const sink = z
  .discriminatedUnion('type', [webhookConfig, fileConfig, execConfig, syslogConfig, mailConfig, otlpConfig], {
    error: 'must have a type: webhook, file, exec, syslog, mail or otlp',
  })
  .meta({ whole: true })
export type SinkConfig = z.output<typeof sink>

/** Destinations to which the hub delivers events itself, by name. */
export const sinksConfig = z
  .record(sinkName, sink)
  .refine((sinks) => Object.keys(sinks).length <= MAX_SINKS, { error: `at most ${MAX_SINKS} sinks` })
export type SinksConfig = z.output<typeof sinksConfig>
