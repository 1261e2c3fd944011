import { z } from 'zod'
import { duration } from '../../config/values/units.js'

const DAY = 86_400_000

export const systemStateConfig = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .describe(
      'Whether the state of this host is published as SysAdm does: host name, storage pools, priority.',
    ),
  first: duration({ min: 0, max: DAY })
    .prefault('60s')
    .describe('Time from the start to the first event, so that a host that boots can import its pools.'),
  interval: duration({ min: 1_000, max: DAY })
    .prefault('15m')
    .describe('How often the state is published, changed or not.'),
  check: duration({ min: 1_000, max: DAY })
    .prefault('30s')
    .describe('How often the host is examined. A change is published at once.'),
})
export type SystemStateConfig = z.output<typeof systemStateConfig>
