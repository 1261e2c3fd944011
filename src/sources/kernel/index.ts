import { kernelTypes } from '../../types/host/kernel.js'
import { policyOf } from '../entry.js'
import { defineSource, ifEnabled } from '../kind.js'
import type { SourceDefinition } from '../source.js'
import { type KernelConfig, kernelConfig } from './config.js'
import { type KernelHost, thisKernel } from './kernel-log.js'
import { KernelSource } from './source.js'

export { kernelTypes } from '../../types/host/kernel.js'
export { type KernelConfig, kernelConfig } from './config.js'

export function kernelSource(config: KernelConfig, host: KernelHost = thisKernel): SourceDefinition {
  return {
    name: 'kernel',
    silentAfter: config.silentAfter,
    policy: policyOf(config, ['time', 'number']),
    create: () => new KernelSource(config, host),
  }
}

export const kernelSources = defineSource({
  name: 'kernel',
  config: kernelConfig.meta({ whole: true }).prefault({}).describe('Messages of the kernel of this host.'),
  types: kernelTypes,
  open: ifEnabled(kernelSource),
})
