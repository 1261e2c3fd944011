import { z } from 'zod'
import { count, text, time } from '../methods/results/shape.js'
import { pushStates, pushSteps } from './item.js'

export const item = z
  .object({
    id: count,
    device: text,
    user: text,
    confirm: count.describe('Seconds until the device returns to what it had, if it is not confirmed.'),
    state: z.enum(pushStates),
    step: z.enum(pushSteps).optional(),
    since: time,
    attempts: count,
    reason: text.optional(),
    has: z
      .enum(['old', 'new', 'unknown'])
      .optional()
      .describe('The configuration that the device has, as far as the hub knows.'),
  })
  .meta({ id: 'PushItemInfo' })

export const queue = z.object({ items: z.array(item) })
export const pruned = z.object({ pruned: count })
