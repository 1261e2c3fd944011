import { unitTypes } from '../../types/host/units.js'
import { bootId } from '../boot-id.js'
import { policyOf } from '../entry.js'
import { defineSource, ifEnabled } from '../kind.js'
import { runProgram } from '../run-program.js'
import type { SourceDefinition } from '../source.js'
import { type SystemdConfig, systemdConfig } from './config.js'
import { SystemdSource, type UnitHost } from './source.js'
import { watchUnits } from './unit-signals.js'

export { unitTypes } from '../../types/host/units.js'
export { type SystemdConfig, systemdConfig } from './config.js'

const thisHost: UnitHost = { run: runProgram, boot: bootId, watch: watchUnits }

export function systemdSource(config: SystemdConfig, host: UnitHost = thisHost): SourceDefinition {
  return {
    name: 'systemd',
    silentAfter: config.silentAfter,
    policy: policyOf(config, ['time', 'restarts']),
    create: () => new SystemdSource(config, host),
  }
}

export const systemdSources = defineSource({
  name: 'systemd',
  config: systemdConfig
    .meta({ whole: true })
    .prefault({})
    .describe('Units of systemd that fail, start and stop.'),
  types: unitTypes,
  open: ifEnabled(systemdSource),
})
