import { netconfTypes } from '../../types/host/netconf.js'
import { defineSource, each } from '../kind.js'
import { LaterSource } from '../later-source.js'
import type { SourceDefinition } from '../source.js'
import { type NcsSourceConfig, ncsClaims, ncsSourcesConfig } from './config.js'

/** Returns the source of one entry of the configuration. Its notifications have the tags that the hub's own have. */
export function ncsSource(config: NcsSourceConfig): SourceDefinition {
  const { name, silentAfter, once } = config
  const load = async () => {
    const { NcsSource } = await import('./source.js')
    return new NcsSource(config)
  }
  const origin = `ncs/${name}`
  return {
    name: origin,
    origin,
    tags: `ncs-stream/${name}`,
    silentAfter,
    once,
    create: () => new LaterSource(load),
  }
}

export const ncsSources = defineSource({
  name: 'ncs',
  config: ncsSourcesConfig.default([]).describe('Notifications of NSO and ConfD on this host.'),
  types: netconfTypes,
  claims: ncsClaims,
  open: each(ncsSource),
})
