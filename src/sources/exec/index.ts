import { sourceOfEntry } from '../entry.js'
import type { SourceDefinition } from '../source.js'
import type { ExecConfig } from './config.js'
import { ExecSource } from './source.js'

export { execTypes } from '../../types/host/exec.js'
export { type ExecConfig, execSourcesConfig } from './config.js'

/** Returns the source of one entry of the configuration. */
export function execSource(config: ExecConfig): SourceDefinition {
  return sourceOfEntry('exec', config, ['time', 'seconds'], () => new ExecSource(config))
}
