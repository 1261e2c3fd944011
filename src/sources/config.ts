import { z } from 'zod'
import type { ConfigClaims } from '../config/claims.js'
import { filesConfig } from './files/config.js'
import { saltClaims, saltSourcesConfig } from './salt/config.js'
import { sctpSourcesConfig } from './sctp/config.js'
import { systemConfig } from './system/config.js'

export const sourcesConfig = z
  .strictObject({
    system: systemConfig
      .meta({ whole: true })
      .prefault({})
      .describe('This host: load, memory, disks, network, logins, processes.'),
    files: filesConfig.default([]).describe('Lines appended to files, and changes in folders.'),
    salt: saltSourcesConfig.default([]).describe('Event buses of Salt masters and minions.'),
    sctp: sctpSourcesConfig.default([]).describe('SCTP associations, as reported by the kernel.'),
  })
  .meta({ reloadable: true })
export type SourcesConfig = z.output<typeof sourcesConfig>

/** Returns the names that sources use and that must fit the rest of the configuration. */
export function sourceClaims({ salt }: SourcesConfig): ConfigClaims {
  return saltClaims(salt)
}
