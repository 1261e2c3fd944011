import { z } from 'zod'
import { text, time } from './shape.js'

const stream = z
  .object({
    name: text,
    description: text.optional(),
    filter: text.describe('The events that are in it, in JSON.'),
    replay: z.boolean().describe('True if its past may be read.'),
    firstTime: time
      .optional()
      .describe(
        'Time of the first event of the log; only for those who may see every event, and with `replay`.',
      ),
    lastTime: time.optional(),
  })
  .meta({ id: 'StreamInfo' })

export const streams = z.object({ streams: z.array(stream) })
