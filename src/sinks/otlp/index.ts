import { shownServer } from '../../config/redaction.js'
import { defineSink } from '../kind.js'
import { otlpConfig } from './config.js'
import { OtlpDestination } from './destination.js'

export const otlpSink = defineSink({
  name: 'otlp',
  config: otlpConfig,
  open: (config) => ({
    target: shownServer(config.url),
    parallel: config.parallel,
    batch: config.batch,
    create: (view, runtime, work) => new OtlpDestination(config, view, runtime, work),
  }),
})
