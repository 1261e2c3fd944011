import { z } from 'zod'
import { absolutePath } from '../../config/values/path.js'
import { size } from '../../config/values/units.js'
import { severityNames } from '../../event/severity.js'
import { entriesOf, entryName, eventPolicy, silentAfter } from '../entry.js'
import { parseConfig } from '../text/config.js'
import { transformConfig } from '../text/transform-config.js'

const match = z
  .string()
  .max(1024)
  .regex(/^[A-Z0-9_]{1,64}=[^\0]*$/, {
    error: 'must be a field and its value, such as _SYSTEMD_UNIT=ssh.service',
  })

const entry = z.strictObject({
  name: entryName('Name in tags: `host/<hostname>/journal/<name>/<unit or program>`.'),
  match: z
    .array(match)
    .max(64)
    .default([])
    .describe(
      'Fields that entries must have, such as `_SYSTEMD_UNIT=ssh.service`. Of several with the same field, one must fit. Empty: all entries.',
    ),
  priority: z
    .enum(severityNames)
    .default('debug')
    .describe('Entries of this severity and worse are published.'),
  from: z
    .enum(['end', 'start'])
    .default('end')
    .describe('Where to begin when the source starts for the first time.'),
  directory: absolutePath()
    .optional()
    .describe('Folder with journal files to read instead of the journal of this host.'),
  maxField: size({ min: 64, max: 2 ** 20 })
    .prefault('64KiB')
    .describe('Longest field; longer ones are cut and counted in `cut`.'),
  parse: parseConfig.optional().describe('Reads fields from the text of each entry.'),
  transform: transformConfig,
  silentAfter,
  ...eventPolicy,
})

export type JournalConfig = z.output<typeof entry>
export const journalSourcesConfig = entriesOf(entry)
