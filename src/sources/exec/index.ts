import { execTypes } from '../../types/host/exec.js'
import { sourceOfEntry } from '../entry.js'
import { defineSource, each } from '../kind.js'
import type { SourceDefinition } from '../source.js'
import { type ExecConfig, execSourcesConfig } from './config.js'
import { ExecSource } from './source.js'

export { execTypes } from '../../types/host/exec.js'
export { type ExecConfig, execSourcesConfig } from './config.js'

/** Returns the source of one entry of the configuration. */
export function execSource(config: ExecConfig): SourceDefinition {
  return sourceOfEntry('exec', config, ['time', 'seconds'], () => new ExecSource(config))
}

export const execSources = defineSource({
  name: 'exec',
  config: execSourcesConfig.default([]).describe('Commands whose lines are published.'),
  types: execTypes,
  open: each(execSource),
})
