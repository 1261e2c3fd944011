import { receiverOfEntry } from '../entry.js'
import type { SourceDefinition } from '../source.js'
import type { SyslogConfig } from './config.js'
import { SyslogSource } from './source.js'

export { syslogTypes } from '../../types/host/syslog.js'
export { type SyslogConfig, syslogClaims, syslogSourcesConfig } from './config.js'

/** Returns the source of one entry of the configuration. */
export function syslogSource(config: SyslogConfig): SourceDefinition {
  return receiverOfEntry('syslog', config, ['time', 'pid'], () => new SyslogSource(config))
}
