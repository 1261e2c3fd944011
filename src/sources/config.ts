import { z } from 'zod'
import { filesConfig } from './files/config.js'
import { saltSourcesConfig } from './salt/config.js'
import { sctpSourcesConfig } from './sctp/config.js'
import { systemConfig } from './system/config.js'

export const sourcesConfig = z.strictObject({
  system: systemConfig.prefault({}).describe('This host: load, memory, disks, network, logins, processes.'),
  files: filesConfig.default([]).describe('Lines appended to files, and changes in folders.'),
  salt: saltSourcesConfig.default([]).describe('Event buses of Salt masters and minions.'),
  sctp: sctpSourcesConfig.default([]).describe('Associations of SCTP, as the kernel tells of them.'),
})
export type SourcesConfig = z.output<typeof sourcesConfig>
