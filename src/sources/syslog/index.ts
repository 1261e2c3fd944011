import { policyOf } from '../entry.js'
import type { SourceDefinition } from '../source.js'
import type { SyslogConfig } from './config.js'
import { SyslogSource } from './source.js'

export { syslogTypes } from '../../types/host/syslog.js'
export { type SyslogConfig, syslogClaims, syslogSourcesConfig } from './config.js'

/** Returns the source of one entry of the configuration. */
export function syslogSource(config: SyslogConfig): SourceDefinition {
  const name = `syslog/${config.name}`
  const { silentAfter, once } = config
  return {
    name,
    tags: name,
    silentAfter,
    once,
    policy: policyOf(config, ['time', 'pid']),
    create: () => new SyslogSource(config),
  }
}
