import { z } from 'zod'

/** The sources of one kind as the configuration lists them, each under a name of its own. */
export function entriesOf<Entry extends z.ZodType<{ name: string }>>(entry: Entry): z.ZodArray<Entry> {
  return z
    .array(entry)
    .max(256)
    .superRefine((entries, context) => {
      entries.forEach(({ name }, i) => {
        if (entries.findIndex((other) => other.name === name) < i)
          context.addIssue({ code: 'custom', path: [i, 'name'], message: 'is the name of another entry too' })
      })
    })
}
