import { z } from 'zod'
import { severityNames } from '../event/severity.js'
import { count, time } from './schema-of.js'

/** `severity` of every event that is made from text. */
export const severityField = () => z.enum(severityNames).optional()

/** A field for the number of times that the event happened again. */
export const repeatedField = () =>
  count().optional().meta({ description: 'How often the event that came before has happened again.' })

/** The fields of every event that is made from text and can be parsed. */
export const parsedText = () => ({
  time: time().optional().meta({ description: 'The time in the text.' }),
  severity: severityField(),
  message: z.string().optional().meta({ description: 'The text without what became a field.' }),
  fields: z
    .record(z.string(), z.unknown())
    .optional()
    .meta({ description: 'What else was read from the text.' }),
  repeated: repeatedField(),
})

/** The fields of a line that a program has written to one of its streams. */
export const outputLine = () => ({
  stream: z.enum(['stdout', 'stderr']),
  line: z.string().optional().meta({
    description: 'The line; bytes that are not UTF-8 are replaced. Absent if it was parsed.',
  }),
  ...parsedText(),
  cut: count()
    .optional()
    .meta({ description: 'Length of the whole line in bytes; only its beginning is included.' }),
  continued: z.literal(true).optional().meta({ description: 'True if the record began in another event.' }),
})
