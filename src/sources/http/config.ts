import { z } from 'zod'
import { duration } from '../../config/values/units.js'

/** Keys of sources that receive requests over HTTP. */
export const receiverKeys = {
  requests: z
    .strictObject({
      count: z.int().min(1).max(1_000_000).default(100).describe('Requests that are accepted in `per`.'),
      per: duration({ min: 100, max: 3_600_000 }).prefault('1s'),
    })
    .prefault({})
    .describe('Requests over the limit are answered with 429, and the sender tries again.')
    .meta({ whole: true }),
  ack: z
    .enum(['accepted', 'durable'])
    .default('durable')
    .describe('When a request is answered: when its events are stored in order, or when they are on disk.'),
}
