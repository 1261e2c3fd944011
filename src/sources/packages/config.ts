import { z } from 'zod'
import { absolutePath } from '../../config/values/path.js'
import { packageActions } from '../../types/host/packages.js'
import { eventPolicy, silentAfter } from '../entry.js'
import { zoneName } from '../text/config.js'

export const packagesConfig = z.strictObject({
  enabled: z.boolean().default(false).describe('Whether changes of the packages of this host are published.'),
  log: absolutePath().default('/var/log/dpkg.log').describe('Log of dpkg.'),
  history: absolutePath()
    .default('/var/log/apt/history.log')
    .describe('History of apt, which has the command that caused a change.'),
  actions: z
    .array(z.enum(packageActions))
    .min(1)
    .max(packageActions.length)
    .default(['install', 'upgrade', 'remove', 'purge'])
    .describe('Actions that are published. dpkg configures each package that it installs or upgrades.'),
  from: z
    .enum(['end', 'start'])
    .default('end')
    .describe('Where to begin in the log when the source starts for the first time.'),
  zone: zoneName().default('local').describe('Zone of the times in both logs.'),
  silentAfter,
  ...eventPolicy,
})
export type PackagesConfig = z.output<typeof packagesConfig>
