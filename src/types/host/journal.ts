import { z } from 'zod'
import { hostIn } from '../derivation.js'
import { defineTypes } from '../event-type.js'
import { parsedText } from '../parsed-text.js'
import { count, schemaOf } from '../schema-of.js'

const hostJournalEntry = () =>
  z.object({
    ...parsedText(),
    unit: z.string().optional().meta({ description: 'The unit of systemd that wrote the entry.' }),
    identifier: z.string().optional().meta({ description: 'The name that the program gave itself.' }),
    pid: z.int().optional(),
    host: z.string().optional(),
    transport: z
      .string()
      .optional()
      .meta({ description: 'Such as journal, stdout, syslog, kernel or audit.' }),
    entry: z.record(z.string(), z.unknown()).optional().meta({
      description: 'The other fields that the program gave the entry, with their names in the journal.',
    }),
    bytes: z
      .string()
      .optional()
      .meta({ description: 'The bytes of the text, if it is not UTF-8.', contentEncoding: 'base64' }),
    cut: count().optional().meta({
      description: 'Number of fields of the entry that were too long and are shortened or left out.',
    }),
  })
/** The event as published; fields that are not text are bytes. */
export type HostJournalEntry = Omit<z.infer<ReturnType<typeof hostJournalEntry>>, 'bytes'> & {
  bytes?: Uint8Array
}

/** The events that the sources `journal/<name>` publish. */
export const journalTypes = defineTypes([
  {
    type: 'host.journal.entry',
    tags: ['host/*/journal/*/*'],
    summary: 'An entry was added to the journal of systemd.',
    display: '[{severity} ][{message}][ {fields}][ (repeated {repeated} times)]',
    schema: () => schemaOf(hostJournalEntry()),
    correlation: ['data.unit'],
    host: hostIn('data.host', 'tag.1'),
  },
])

declare module '../event-type.js' {
  interface EventTypes {
    'host.journal.entry': HostJournalEntry
  }
}
