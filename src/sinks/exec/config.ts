import { z } from 'zod'
import { duration } from '../../config/values/units.js'
import { commonKeys } from '../common-config.js'

const MAX_ARGUMENTS = 100

const argument = z
  .string()
  .max(4096)
  .regex(/^[^\0]*$/, { error: 'must not have a NUL' })

export const execConfig = z.strictObject({
  type: z.literal('exec').describe('Kind of the destination; the other keys depend on it.'),
  ...commonKeys,
  command: z
    .array(argument)
    .min(1)
    .max(MAX_ARGUMENTS)
    .refine(([program]) => program?.startsWith('/'), {
      error: 'must begin with the absolute path of a program',
    })
    .describe(
      'For `exec`: program and arguments. It runs once an event, with the event as a line of JSON on its standard input.',
    ),
  timeout: duration({ min: 100, max: 600_000 }).prefault('10s').describe('How long one attempt may take.'),
})
export type ExecSinkConfig = z.output<typeof execConfig>
