import { netconfTypes } from '../../types/host/netconf.js'
import { receiverOfEntry } from '../entry.js'
import { defineSource, each } from '../kind.js'
import { LaterSource } from '../later-source.js'
import { DeviceFacts, deviceMetrics } from '../notifications/device-facts.js'
import type { SourceDefinition } from '../source.js'
import { type RestconfSourceConfig, restconfSourcesConfig } from './config.js'

/** The fields that differ even if the same happens again. */
const VOLATILE = ['time', 'eventTime']

/** Returns the source of one entry of the configuration. */
export function restconfSource(config: RestconfSourceConfig): SourceDefinition {
  const facts = new DeviceFacts(config.url)
  const load = async () => {
    const { RestconfSource } = await import('./source.js')
    return new RestconfSource(config, facts)
  }
  return facts.shownBy(receiverOfEntry('restconf', config, VOLATILE, () => new LaterSource(load)))
}

export const restconfSources = defineSource({
  name: 'restconf',
  config: restconfSourcesConfig.default([]).describe('Notifications of network devices over RESTCONF.'),
  types: netconfTypes,
  metrics: deviceMetrics,
  open: each(restconfSource),
})
