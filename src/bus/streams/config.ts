import { z } from 'zod'
import { anyFilter } from '../../config/values/filter-list.js'

const MAX_STREAMS = 256

const stream = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9._:-]{0,127}$/, {
      error:
        'a name begins with a letter and has up to 128 letters, digits, dots, dashes, colons and underscores',
    })
    .describe('Name under which programs subscribe.'),
  description: z.string().max(1024).optional().describe('Its purpose, shown in lists.'),
  filter: anyFilter()
    .optional()
    .meta({ kind: 'filters' })
    .describe('Events that are in the stream. Default: all.'),
  replay: z.boolean().default(true).describe('Whether programs may read its past from the log.'),
})

/** Named streams, which programs for NSO and ConfD subscribe to. */
export const streamsConfig = z
  .array(stream)
  .max(MAX_STREAMS)
  .refine((streams) => new Set(streams.map(({ name }) => name)).size === streams.length, {
    error: 'two streams have the same name',
  })
export type StreamsConfig = z.output<typeof streamsConfig>
