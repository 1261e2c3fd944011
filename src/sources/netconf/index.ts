import { formatAddress } from '../../config/values/address.js'
import { netconfTypes } from '../../types/host/netconf.js'
import { receiverOfEntry } from '../entry.js'
import { defineSource, each } from '../kind.js'
import { LaterSource } from '../later-source.js'
import { DeviceFacts, deviceMetrics } from '../notifications/device-facts.js'
import { deviceMethods } from '../notifications/methods.js'
import type { Source, SourceDefinition } from '../source.js'
import { type NetconfSourceConfig, netconfSourcesConfig } from './config.js'
import { devicesRight } from './right.js'

/** The fields that differ even if the same happens again. */
const VOLATILE = ['time', 'eventTime', 'xml']

/** Returns the source of one entry of the configuration. */
export function netconfSource(config: NetconfSourceConfig): SourceDefinition {
  const { host, port } = config
  const facts = new DeviceFacts(host === '' ? '' : formatAddress({ host, port }))
  const load = () => loadSource(config, facts)
  return facts.shownBy(receiverOfEntry('netconf', config, VOLATILE, () => new LaterSource(load)))
}

async function loadSource(config: NetconfSourceConfig, facts: DeviceFacts): Promise<Source> {
  if (config.callHome) {
    const { CallHomeSource } = await import('./call-home-source.js')
    return new CallHomeSource(config, facts)
  }
  const [{ NetconfSource }, { dialDevice }] = await Promise.all([
    import('./source.js'),
    import('../../protocols/netconf/client/dial-device.js'),
  ])
  return new NetconfSource(config, dialDevice, facts)
}

export const netconfSources = defineSource({
  name: 'netconf',
  config: netconfSourcesConfig.default([]).describe('Notifications of network devices over NETCONF.'),
  types: netconfTypes,
  metrics: deviceMetrics,
  methods: deviceMethods,
  right: devicesRight,
  open: each(netconfSource),
})
