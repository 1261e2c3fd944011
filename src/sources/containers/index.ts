import { policyOf } from '../entry.js'
import type { SourceDefinition } from '../source.js'
import type { ContainersConfig } from './config.js'
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
