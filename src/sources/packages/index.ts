import { packageTypes } from '../../types/host/packages.js'
import { policyOf } from '../entry.js'
import { defineSource, ifEnabled } from '../kind.js'
import type { SourceDefinition } from '../source.js'
import { type PackagesConfig, packagesConfig } from './config.js'
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

export const packagesSources = defineSource({
  name: 'packages',
  config: packagesConfig
    .meta({ whole: true })
    .prefault({})
    .describe('Packages of this host that dpkg installs, upgrades and removes.'),
  types: packageTypes,
  open: ifEnabled(packagesSource),
})
