import { z } from 'zod'
import { parseTime } from '../../event/position.js'

/** Where a source begins in what others keep of a stream. `keeper`: those in a sentence, such as `the device`. */
export const replayFrom = (keeper: string) =>
  z
    .string()
    .refine((text) => text === 'now' || text === 'start' || parseTime(text) !== undefined, {
      error: 'must be now, start, or an RFC 3339 time',
    })
    .default('now')
    .describe(
      `Where the source begins when it runs for the first time: \`now\`, \`start\` for all that ${keeper} has kept, or a time.`,
    )
