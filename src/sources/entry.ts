import { z } from 'zod'
import { durationOrOff } from '../config/values/units.js'

/** Returns the setting `name` of an entry: one segment of its tags or of its source attribute. */
export function entryName(description: string) {
  return z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/, {
      error: 'must be 1 to 64 letters, digits, dots, dashes and underscores',
    })
    .describe(description)
}

/** The setting `silentAfter` of an entry. */
export const silentAfter = durationOrOff({ min: 1_000 })
  .prefault('off')
  .describe('Time without an event after which the source is reported as silent.')

/** Returns the list of sources of one kind in the configuration. Each must have a name of its own. */
export function entriesOf<Entry extends z.ZodType<{ name: string }>>(entry: Entry): z.ZodArray<Entry> {
  return z
    .array(entry)
    .max(256)
    .superRefine((entries, context) => {
      entries.forEach(({ name }, i) => {
        if (entries.findIndex((other) => other.name === name) < i)
          context.addIssue({
            code: 'custom',
            path: [i, 'name'],
            message: 'is already the name of another entry',
          })
      })
    })
}
