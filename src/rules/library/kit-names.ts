import { z } from 'zod'

export const kitNames = ['auth', 'jobs', 'kernel', 'disk', 'net', 'time', 'hub'] as const
export type KitName = (typeof kitNames)[number]

export const ruleKitsConfig = z
  .array(z.enum(kitNames))
  .refine((names) => new Set(names).size === names.length, { error: 'a kit is named twice' })
  .prefault([])
  .describe(
    'Ready rules that run as if they were in `rules`; one there of the same name takes the place of a ready one.',
  )
