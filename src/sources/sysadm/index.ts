import { sysadmTypes } from '../../protocols/sysadm/types/index.js'
import { defineSource, each } from '../kind.js'
import type { SourceDefinition } from '../source.js'
import { type SysadmSourceConfig, sysadmClaims, sysadmSourcesConfig } from './config.js'
import { SysadmSource } from './source.js'

export { type SysadmSourceConfig, sysadmClaims, sysadmSourcesConfig } from './config.js'

/** Defines a source for the events of a SysAdm server, or of all servers of a bridge. */
export function sysadmSource(config: SysadmSourceConfig): SourceDefinition {
  const { silentAfter, once } = config
  const name = `sysadm/${config.name}`
  return { name, origin: name, silentAfter, once, create: () => new SysadmSource(config) }
}

export const sysadmSources = defineSource({
  name: 'sysadm',
  config: sysadmSourcesConfig.default([]).describe('SysAdm servers, and bridges to them.'),
  types: sysadmTypes,
  claims: sysadmClaims,
  open: each(sysadmSource),
})
