import type { DefinedBy } from '../definition.js'
import type { OtlpSinkConfig } from './config.js'
import { OtlpDestination } from './destination.js'

export const otlpSink: DefinedBy<OtlpSinkConfig> = (config) => ({
  target: new URL(config.url).origin + new URL(config.url).pathname,
  parallel: config.parallel,
  batch: config.batch,
  create: (view, runtime, work) => new OtlpDestination(config, view, runtime, work),
})
