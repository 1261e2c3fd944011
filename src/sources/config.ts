import { z } from 'zod'
import type { ConfigClaims } from '../config/claims.js'
import { filesConfig } from './files/config.js'
import { lifePreserverConfig } from './life-preserver/config.js'
import { saltClaims, saltSourcesConfig } from './salt/config.js'
import { sctpSourcesConfig } from './sctp/config.js'
import { sysadmClaims, sysadmSourcesConfig } from './sysadm/config.js'
import { systemConfig } from './system/config.js'
import { systemStateConfig } from './system-state/config.js'

export const sourcesConfig = z.strictObject({
  system: systemConfig
    .meta({ whole: true })
    .prefault({})
    .describe('This host: load, memory, disks, network, logins, processes.'),
  files: filesConfig.default([]).describe('Lines appended to files, and changes in folders.'),
  salt: saltSourcesConfig.default([]).describe('Event buses of Salt masters and minions.'),
  sctp: sctpSourcesConfig.default([]).describe('SCTP associations, as reported by the kernel.'),
  sysadm: sysadmSourcesConfig.default([]).describe('SysAdm servers, and bridges to them.'),
  lifePreserver: lifePreserverConfig
    .meta({ whole: true })
    .prefault({})
    .describe('Snapshots and replications, as SysAdm reports them.'),
  systemState: systemStateConfig
    .meta({ whole: true })
    .prefault({})
    .describe('Host name and storage pools, as SysAdm reports them.'),
})
export type SourcesConfig = z.output<typeof sourcesConfig>

/** Returns the names that sources use and that must fit the rest of the configuration. */
export function sourceClaims({ salt, sysadm }: SourcesConfig): ConfigClaims {
  const claims = [saltClaims(salt), sysadmClaims(sysadm)]
  return {
    connects: claims.flatMap(({ connects = [] }) => connects),
    sources: claims.flatMap(({ sources = [] }) => sources),
  }
}
