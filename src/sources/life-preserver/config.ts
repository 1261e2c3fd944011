import { z } from 'zod'
import { duration, durationOrOff } from '../../config/values/units.js'
import { silentAfter } from '../entry.js'

const DAY = 86_400_000

export const lifePreserverConfig = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .describe('Whether snapshots and replications are published as SysAdm does.'),
  log: z
    .string()
    .max(4096)
    .regex(/^\/[^\0*?[]*$/, { error: 'must be an absolute path without `*`, `?` and `[`' })
    .default('/var/log/lpreserver/lpreserver.log')
    .describe('The log of Life Preserver. It may appear later, and be rotated.'),
  from: z
    .enum(['end', 'start'])
    .default('end')
    .describe('Where to begin in a log that exists when the source starts for the first time.'),
  progress: duration({ min: 100, max: DAY })
    .prefault('1s')
    .describe('How often the progress of a running replication is read.'),
  snapshots: durationOrOff({ min: 1_000, max: DAY })
    .prefault('1m')
    .describe('How often ZFS is asked for new snapshots, which any program may have made. off: never.'),
  silentAfter,
})
export type LifePreserverConfig = z.output<typeof lifePreserverConfig>
