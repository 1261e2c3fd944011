import { snmpTypes } from '../../types/host/snmp.js'
import { receiverOfEntry } from '../entry.js'
import { defineSource, each } from '../kind.js'
import type { SourceDefinition } from '../source.js'
import { type SnmpConfig, snmpSourcesConfig } from './config.js'
import { SnmpSource } from './source.js'

export { snmpTypes } from '../../types/host/snmp.js'
export { type SnmpConfig, snmpSourcesConfig } from './config.js'

/** The fields that differ even between repeated traps; `fields` has the values of `vb`. */
const VOLATILE = ['uptime', 'request_id', 'port', 'time_stamp', 'vb']

/** Returns the source of one entry of the configuration. */
export function snmpSource(config: SnmpConfig): SourceDefinition {
  return receiverOfEntry('snmp', config, VOLATILE, () => new SnmpSource(config))
}

export const snmpSources = defineSource({
  name: 'snmp',
  config: snmpSourcesConfig.default([]).describe('Traps and informs of SNMP from network devices.'),
  types: snmpTypes,
  open: each(snmpSource),
})
