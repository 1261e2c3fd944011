import { receiverOfEntry } from '../entry.js'
import type { SourceDefinition } from '../source.js'
import type { SnmpConfig } from './config.js'
import { SnmpSource } from './source.js'

export { snmpTypes } from '../../types/host/snmp.js'
export { type SnmpConfig, snmpSourcesConfig } from './config.js'

/** What differs although the same has happened again; `fields` has the values of `vb`. */
const VOLATILE = ['uptime', 'request_id', 'port', 'time_stamp', 'vb']

/** Returns the source of one entry of the configuration. */
export function snmpSource(config: SnmpConfig): SourceDefinition {
  return receiverOfEntry('snmp', config, VOLATILE, () => new SnmpSource(config))
}
