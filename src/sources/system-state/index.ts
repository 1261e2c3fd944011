import { sysadmTypes } from '../../protocols/sysadm/types/index.js'
import { defineSource, ifEnabled } from '../kind.js'
import type { SourceDefinition } from '../source.js'
import { type SystemStateConfig, systemStateConfig } from './config.js'
import { type StateHost, SystemStateSource, thisHost } from './source.js'

export { type SystemStateConfig, systemStateConfig } from './config.js'

/** The state of this host as SysAdm reports it. */
export function systemStateSource(config: SystemStateConfig, host: StateHost = thisHost): SourceDefinition {
  return { name: 'system-state', tags: 'sysadm', create: () => new SystemStateSource(config, host) }
}

export const systemStateSources = defineSource({
  name: 'systemState',
  config: systemStateConfig
    .meta({ whole: true })
    .prefault({})
    .describe('Host name and storage pools, as SysAdm reports them.'),
  types: sysadmTypes,
  open: ifEnabled(systemStateSource),
})
