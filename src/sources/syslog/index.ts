import { syslogTypes } from '../../types/host/syslog.js'
import { receiverOfEntry } from '../entry.js'
import { defineSource, each } from '../kind.js'
import type { SourceDefinition } from '../source.js'
import { type SyslogConfig, syslogClaims, syslogSourcesConfig } from './config.js'
import { SyslogSource, type Unread } from './source.js'

export { syslogTypes } from '../../types/host/syslog.js'
export { type SyslogConfig, syslogClaims, syslogSourcesConfig } from './config.js'

/** Returns the source of one entry of the configuration. */
export function syslogSource(config: SyslogConfig): SourceDefinition {
  const unread: Unread = {}
  return receiverOfEntry('syslog', config, ['time', 'pid'], () => new SyslogSource(config, unread))
}

export const syslogSources = defineSource({
  name: 'syslog',
  config: syslogSourcesConfig.default([]).describe('Messages of syslog from hosts and network devices.'),
  types: syslogTypes,
  claims: syslogClaims,
  open: each(syslogSource),
})
