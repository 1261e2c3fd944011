import { execSink } from './exec/index.js'
import { fileSink } from './file/index.js'
import { mailSink } from './mail/index.js'
import { mqttSink } from './mqtt/index.js'
import { otlpSink } from './otlp/index.js'
import { postgresqlSink } from './postgresql/index.js'
import { syslogSink } from './syslog/index.js'
import { webhookSink } from './webhook/index.js'

/** All kinds of sinks. */
export const sinks = [
  webhookSink,
  fileSink,
  execSink,
  syslogSink,
  mailSink,
  otlpSink,
  mqttSink,
  postgresqlSink,
] as const
