import { z } from 'zod'
import { LEVELS } from './hub-log.js'

/** The hub's own log, on its standard error. */
export const loggingConfig = z.strictObject({
  level: z
    .enum(LEVELS)
    .default('info')
    .describe('Least grave lines that the hub writes to its standard error.'),
  format: z
    .enum(['text', 'json'])
    .default('text')
    .describe('Form of these lines; `json`: one object a line.'),
})
export type LoggingConfig = z.output<typeof loggingConfig>
