import { policyOf } from '../entry.js'
import { thisKernel } from '../kernel/kernel-log.js'
import type { SourceDefinition } from '../source.js'
import { runProgram } from '../zfs/command.js'
import type { SystemdConfig } from './config.js'
import { SystemdSource, type UnitHost } from './source.js'

export { unitTypes } from '../../types/host/units.js'
export { type SystemdConfig, systemdConfig } from './config.js'

const thisHost: UnitHost = { run: runProgram, boot: () => thisKernel.boot() }

export function systemdSource(config: SystemdConfig, host: UnitHost = thisHost): SourceDefinition {
  return {
    name: 'systemd',
    silentAfter: config.silentAfter,
    policy: policyOf(config, ['time', 'restarts']),
    create: () => new SystemdSource(config, host),
  }
}
