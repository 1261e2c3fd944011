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
