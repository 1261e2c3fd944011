import { containerTypes } from '../../types/host/containers.js'
import { policyOf } from '../entry.js'
import { defineSource, ifEnabled } from '../kind.js'
import type { SourceDefinition } from '../source.js'
import { type ContainersConfig, containersConfig } from './config.js'
import { ContainersSource } from './source.js'

export { containerTypes } from '../../types/host/containers.js'
export { type ContainersConfig, containersConfig } from './config.js'

export function containersSource(config: ContainersConfig): SourceDefinition {
  return {
    name: 'containers',
    silentAfter: config.silentAfter,
    policy: policyOf(config, ['time', 'id']),
    create: () => new ContainersSource(config),
  }
}

export const containersSources = defineSource({
  name: 'containers',
  config: containersConfig
    .meta({ whole: true })
    .prefault({})
    .describe('Containers of this host, in Docker or Podman.'),
  types: containerTypes,
  open: ifEnabled(containersSource),
})
