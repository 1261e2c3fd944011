import { policyOf } from '../entry.js'
import type { SourceDefinition } from '../source.js'
import type { ExecConfig } from './config.js'
import { ExecSource } from './source.js'

export { execTypes } from '../../types/host/exec.js'
export { type ExecConfig, execSourcesConfig } from './config.js'

/** Returns the source of one entry of the configuration. */
export function execSource(config: ExecConfig): SourceDefinition {
  const { name, silentAfter, once } = config
  const policy = policyOf(config, ['time', 'seconds'])
  return { name: `exec/${name}`, silentAfter, once, policy, create: () => new ExecSource(config) }
}
