import { z } from 'zod'
import { absolutePath } from '../../config/values/path.js'
import { eventPolicy, silentAfter } from '../entry.js'

export const lldpConfig = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .describe('Whether the neighbours of this host are published that lldpd hears of.'),
  socket: absolutePath().optional().describe('Socket of lldpd. Absent: the usual one.'),
  silentAfter,
  ...eventPolicy,
})
export type LldpConfig = z.output<typeof lldpConfig>
