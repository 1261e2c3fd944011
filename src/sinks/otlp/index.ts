import { shownServer } from '../../config/effective.js'
import type { DefinedBy } from '../definition.js'
import type { OtlpSinkConfig } from './config.js'
import { OtlpDestination } from './destination.js'

export const otlpSink: DefinedBy<OtlpSinkConfig> = (config) => ({
  target: shownServer(config.url),
  parallel: config.parallel,
  batch: config.batch,
  create: (view, runtime, work) => new OtlpDestination(config, view, runtime, work),
})
