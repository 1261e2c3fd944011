import { z } from 'zod'
import { duration } from '../../config/values/units.js'
import { eventPolicy, silentAfter } from '../entry.js'

export const systemdConfig = z.strictObject({
  enabled: z.boolean().default(false).describe('Whether changes of the units of systemd are published.'),
  units: z
    .array(
      z
        .string()
        .max(256)
        .regex(/^[A-Za-z0-9@:_.\\*?[][A-Za-z0-9@:_.\\*?[\]!-]*$/, {
          error: 'must be the name of a unit, or a pattern',
        }),
    )
    .min(1)
    .max(64)
    .default(['*.service', '*.socket', '*.mount', '*.timer', '*.path'])
    .describe('Units that are watched; `*`, `?` and `[…]` match parts of a name.'),
  interval: duration({ min: 1_000, max: 3_600_000 }).prefault('10s').describe('How often systemd is asked.'),
  silentAfter,
  ...eventPolicy,
})
export type SystemdConfig = z.output<typeof systemdConfig>
