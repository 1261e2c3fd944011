import type { SourceDefinition } from '../source.js'
import type { SysadmSourceConfig } from './config.js'
import { SysadmSource } from './source.js'

export { type SysadmSourceConfig, sysadmClaims, sysadmSourcesConfig } from './config.js'

/** Defines a source for the events of a SysAdm server, or of all servers of a bridge. */
export function sysadmSource(config: SysadmSourceConfig): SourceDefinition {
  const { silentAfter, once } = config
  const name = `sysadm/${config.name}`
  return { name, origin: name, silentAfter, once, create: () => new SysadmSource(config) }
}
