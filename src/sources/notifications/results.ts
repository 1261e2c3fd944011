import { z } from 'zod'
import { count, text, time } from '../../methods/results/shape.js'

const device = z
  .object({
    name: text,
    kind: z.enum(['netconf', 'restconf']),
    state: z.enum(['up', 'degraded', 'down', 'silent', 'standby']).describe('The state of its source.'),
    since: time,
    reason: text.optional(),
    address: text.describe('Address or URL; `calls home` before the first call.'),
    connected: z.boolean().describe('True while a session is open.'),
    protocol: text
      .optional()
      .describe('The way in which notifications are asked for: an RFC, or an encoding.'),
    stream: text,
    replay: z.boolean().optional().describe('True if the device keeps notifications. Absent: not known.'),
    capabilities: count.describe('Number of capabilities in its last hello.'),
    capabilityUris: z.array(text).optional().describe('With `name`: the capabilities.'),
    events: count.describe('Number since the hub started.'),
    lastEvent: time.optional(),
    gaps: count.describe('Times at which something was lost since the hub started.'),
    restarts: count,
  })
  .meta({ id: 'DeviceInfo' })

export const devices = z.object({ devices: z.array(device) })
