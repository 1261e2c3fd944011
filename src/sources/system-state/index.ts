import type { SourceDefinition } from '../source.js'
import type { SystemStateConfig } from './config.js'
import { type StateHost, SystemStateSource, thisHost } from './source.js'

export { type SystemStateConfig, systemStateConfig } from './config.js'

/** The state of this host as SysAdm reports it. */
export function systemStateSource(config: SystemStateConfig, host: StateHost = thisHost): SourceDefinition {
  return { name: 'system-state', tags: 'sysadm', create: () => new SystemStateSource(config, host) }
}
