import { lldpTypes } from '../../types/host/lldp.js'
import { policyOf } from '../entry.js'
import { defineSource, ifEnabled } from '../kind.js'
import { type RunProgram, runProgram } from '../run-program.js'
import type { SourceDefinition } from '../source.js'
import { type LldpConfig, lldpConfig } from './config.js'
import { LldpSource } from './source.js'

export function lldpSource(config: LldpConfig, run: RunProgram = runProgram): SourceDefinition {
  const { silentAfter } = config
  return { name: 'lldp', silentAfter, policy: policyOf(config), create: () => new LldpSource(config, run) }
}

export const lldpSources = defineSource({
  name: 'lldp',
  config: lldpConfig
    .meta({ whole: true })
    .prefault({})
    .describe('Neighbours of this host in the network, as lldpd hears of them.'),
  types: lldpTypes,
  open: ifEnabled(lldpSource),
})
