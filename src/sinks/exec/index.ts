import { defineSink } from '../kind.js'
import { execConfig } from './config.js'
import { ExecDestination } from './destination.js'

export const execSink = defineSink({
  name: 'exec',
  config: execConfig,
  open: (config) => ({
    target: config.command[0],
    parallel: 1,
    batch: { events: 1, wait: 0 },
    create: (view, runtime, work) => new ExecDestination(config, view, runtime, work),
  }),
})
