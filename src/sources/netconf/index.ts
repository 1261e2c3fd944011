import { netconfTypes } from '../../types/host/netconf.js'
import { receiverOfEntry } from '../entry.js'
import { defineSource, each } from '../kind.js'
import { LaterSource } from '../later-source.js'
import type { SourceDefinition } from '../source.js'
import { type NetconfSourceConfig, netconfSourcesConfig } from './config.js'

/** The fields that differ even if the same happens again. */
const VOLATILE = ['time', 'eventTime', 'xml']

/** Returns the source of one entry of the configuration. */
export function netconfSource(config: NetconfSourceConfig): SourceDefinition {
  return receiverOfEntry('netconf', config, VOLATILE, () => {
    const load = async () => {
      const { NetconfSource } = await import('./source.js')
      return new NetconfSource(config)
    }
    return new LaterSource(load)
  })
}

export const netconfSources = defineSource({
  name: 'netconf',
  config: netconfSourcesConfig.default([]).describe('Notifications of network devices over NETCONF.'),
  types: netconfTypes,
  open: each(netconfSource),
})
