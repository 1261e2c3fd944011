import { policyOf } from '../entry.js'
import type { SourceDefinition } from '../source.js'
import type { PackagesConfig } from './config.js'
import { PackagesSource } from './source.js'

export { packageTypes } from '../../types/host/packages.js'
export { type PackagesConfig, packagesConfig } from './config.js'

export function packagesSource(config: PackagesConfig): SourceDefinition {
  return {
    name: 'packages',
    silentAfter: config.silentAfter,
    policy: policyOf(config, ['time']),
    create: () => new PackagesSource(config),
  }
}
