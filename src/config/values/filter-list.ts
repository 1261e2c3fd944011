import { z } from 'zod'
import { parseFilter } from '../../filter/index.js'

/** A list of filters in the short form. */
export function filterList() {
  return z
    .array(z.string().min(1).max(256))
    .max(64)
    .superRefine((patterns, context) => {
      try {
        parseFilter(patterns)
      } catch (error) {
        context.addIssue({ code: 'custom', message: (error as Error).message })
      }
    })
}
