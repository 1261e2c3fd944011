import { z } from 'zod'
import { text } from '../../methods/results/shape.js'

export const reported = z.object({
  reported: z.boolean().describe('False if nobody reads PROGRESS, or the principal may not produce it.'),
})

const diffEntry = z
  .object({
    path: text.describe(
      'Such as `/log/retention/age` or `/streams{audit}/filter`; entries without a name by their place, `/salt{0}/bus`.',
    ),
    op: z.int().describe('`MOP_VALUE_SET` (4), `MOP_CREATED` (1) or `MOP_DELETED` (2).'),
    old: z.unknown().optional().describe('Absent if there was none. Secrets are masked.'),
    new: z.unknown().optional().describe('Absent if it is deleted, and for an entry of a list.'),
  })
  .meta({ id: 'NcsDiffEntry' })

export const diff = z.array(diffEntry)

export const event = z
  .object({
    tag: text,
    kind: z.int().describe('The bits of its types.'),
    data: z.record(z.string(), z.unknown()),
    attributes: z.record(z.string(), z.union([z.number(), z.boolean()])),
    gate: text.optional().describe('The gate at which it waits; absent if its type does not wait.'),
  })
  .meta({ id: 'NcsNotificationEvent' })
