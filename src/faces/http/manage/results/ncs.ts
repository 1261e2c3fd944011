import { z } from 'zod'
import { type ResultsOf, text } from './shape.js'

export const ncsResults: ResultsOf<'ncs'> = {
  'ncs.progress': z.object({
    reported: z.boolean().describe('False if nobody reads PROGRESS, or the principal may not produce it.'),
  }),
  'ncs.diff': z.array(
    z.object({
      path: text.describe('Such as `/log/retention/age` or `/salt{0}/bus`.'),
      op: z.int().describe('`MOP_VALUE_SET` (4), `MOP_CREATED` (1) or `MOP_DELETED` (2).'),
      old: z.unknown().optional(),
      new: z.unknown().optional(),
    }),
  ),
}
