import { z } from 'zod'
import type { Bus } from '../../bus/bus.js'
import { type Method, method } from '../../bus/methods.js'
import type { Runtime } from '../../event/runtime.js'
import { hostPlatform } from '../../faces/sctp/index.js'
import { SOURCE_NAME, SOURCE_NAME_RULE } from '../../faces/sctp/source-event.js'
import { NotificationPublication } from './notification-publication.js'

export interface SctpMethodContext {
  bus: Bus
  runtime: Runtime
}

const MOST_ITEMS = 1000

export function sctpMethods(context: SctpMethodContext): Method[] {
  return [
    method({
      name: 'sctp.publish',
      summary: 'Publishes SCTP notifications of elsewhere, given as bytes, as a source would.',
      right: 'publish',
      params: z.object({
        source: z
          .string()
          .regex(SOURCE_NAME, { error: `must be ${SOURCE_NAME_RULE}` })
          .describe('The tags are `sctp/<source>/<association>/<type>`.'),
        platform: z
          .enum(['linux', 'freebsd'])
          .default(hostPlatform)
          .describe('Whose they are. Default: that of the hub.'),
        endian: z.enum(['little', 'big']).optional().describe('Its byte order. Default: that of the hub.'),
        notifications: z
          .array(z.string())
          .min(1)
          .max(MOST_ITEMS)
          .describe('Each the bytes of one or of several notifications back to back, base64.'),
      }),
      async run({ principal, signal }, { notifications, ...format }) {
        const publication = new NotificationPublication(context, principal, format)
        try {
          for (const item of notifications) {
            signal.throwIfAborted()
            await publication.add(item)
          }
          return await publication.settle()
        } finally {
          publication.close()
        }
      },
    }),
  ]
}
