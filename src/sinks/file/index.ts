import type { DefinedBy } from '../definition.js'
import type { FileSinkConfig } from './config.js'
import { FileDestination } from './destination.js'

const EVENTS_AT_ONCE = 1_000

export const fileSink: DefinedBy<FileSinkConfig> = (config) => ({
  target: config.path,
  parallel: 1,
  batch: { events: EVENTS_AT_ONCE, wait: 0 },
  create: (view, runtime, work) => new FileDestination(config, view, runtime, work),
})
