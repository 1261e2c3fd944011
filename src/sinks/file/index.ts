import { defineSink } from '../kind.js'
import { fileConfig } from './config.js'
import { FileDestination } from './destination.js'

const EVENTS_AT_ONCE = 1_000

export const fileSink = defineSink({
  name: 'file',
  config: fileConfig,
  open: (config) => ({
    target: config.path,
    parallel: 1,
    batch: { events: EVENTS_AT_ONCE, wait: 0 },
    create: (view, runtime, work) => new FileDestination(config, view, runtime, work),
  }),
})
