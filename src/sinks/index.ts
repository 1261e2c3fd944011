import { sinkFilter } from './common-config.js'
import type { SinkConfig, SinksConfig } from './config.js'
import { execSink } from './exec/index.js'
import { fileSink } from './file/index.js'
import { mailSink } from './mail/index.js'
import { otlpSink } from './otlp/index.js'
import type { SinkDefinition } from './sink.js'
import { syslogSink } from './syslog/index.js'
import { webhookSink } from './webhook/index.js'

/** What the configuration wants: a sink, and text that differs if any of its settings differs. */
export interface ConfiguredSink {
  definition: SinkDefinition
  settings: string
}

export function configuredSinks(config: SinksConfig): ConfiguredSink[] {
  return Object.entries(config).map(([name, each]) => ({
    definition: definitionOf(name, each),
    settings: JSON.stringify(each),
  }))
}

function definitionOf(name: string, config: SinkConfig): SinkDefinition {
  const { type, from, retry } = config
  return { name, type, from, retry, filter: sinkFilter(name, config), ...ofKind(config) }
}

function ofKind(config: SinkConfig) {
  switch (config.type) {
    case 'webhook':
      return webhookSink(config)
    case 'file':
      return fileSink(config)
    case 'exec':
      return execSink(config)
    case 'mail':
      return mailSink(config)
    case 'otlp':
      return otlpSink(config)
    case 'syslog':
      return syslogSink(config)
  }
}
