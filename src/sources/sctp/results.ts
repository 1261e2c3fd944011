import { z } from 'zod'
import { count, cursor, text, time } from '../../methods/results/shape.js'

const association = z
  .object({
    source: text,
    association: z.int(),
    state: z.enum(['up', 'shutting-down', 'closed', 'lost', 'refused']),
    since: time,
    outboundStreams: count,
    inboundStreams: count,
    peers: z.array(
      z.object({
        host: text,
        port: count,
        state: z.enum(['active', 'unreachable', 'potentially-failed', 'unconfirmed']),
        primary: z.boolean(),
      }),
    ),
    restarts: count,
    messages: count.describe('User data received.'),
    bytes: count,
    lastError: text.optional(),
  })
  .meta({ id: 'SctpAssociationInfo' })

export const published = z
  .object({
    accepted: count.describe('Events stored in order.'),
    cursor: cursor.optional().describe('Cursor of the last of these events.'),
    errors: z.array(
      z.object({
        index: count.describe('Number of the item, from 0; nothing of it was published.'),
        code: text,
        message: text,
      }),
    ),
  })
  .meta({ id: 'SctpPublished' })

export const associations = z.object({ associations: z.array(association) })
