import type { DefinedBy } from '../definition.js'
import type { ExecSinkConfig } from './config.js'
import { ExecDestination } from './destination.js'

export const execSink: DefinedBy<ExecSinkConfig> = (config) => ({
  target: config.command[0],
  parallel: 1,
  batch: { events: 1, wait: 0 },
  create: (view, runtime, work) => new ExecDestination(config, view, runtime, work),
})
