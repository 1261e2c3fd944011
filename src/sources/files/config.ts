import { z } from 'zod'
import { absolutePath } from '../../config/values/path.js'
import { duration, size } from '../../config/values/units.js'
import { entriesOf, entryName, eventPolicy, once, silentAfter } from '../entry.js'
import { multilineConfig, parseConfig } from '../text/config.js'
import { transformConfig } from '../text/transform-config.js'

const absolute = absolutePath()

const common = {
  name: entryName('Name in tags: `host/<hostname>/files/<name>/…`.'),
  silentAfter,
  once,
  ...eventPolicy,
}

const linesConfig = z.strictObject({
  ...common,
  lines: z
    .array(absolute)
    .min(1)
    .max(64)
    .describe(
      'Files whose lines are published. `*`, `?` and `[…]` match parts of a name, `**` matches any folders.',
    ),
  ignore: ignore('Files to leave out.'),
  followLinks: z
    .boolean()
    .default(false)
    .describe(
      'Follows links of any owner. Otherwise only links of root and of the user of the hub are followed, so that nobody who may write into a folder has files published that only the hub can read.',
    ),
  from: z
    .enum(['end', 'start'])
    .default('end')
    .describe(
      'Where to begin in files that exist when the source starts for the first time. Later files are read from their start.',
    ),
  maxLine: size({ min: 64, max: 8 * 2 ** 20 })
    .prefault('64KiB')
    .describe('Longest line; longer lines are cut and marked.'),
  partialAfter: duration({ min: 100, max: 3_600_000 })
    .prefault('5s')
    .describe('How long an unfinished line waits for its end before it is published and marked.'),
  parse: parseConfig
    .optional()
    .describe('Reads fields, time and severity from each line. Absent: lines are text.'),
  transform: transformConfig,
  multiline: multilineConfig.optional().describe('Joins lines that belong together, such as stack traces.'),
  maxFiles: z
    .int()
    .min(1)
    .max(2_000)
    .default(500)
    .describe('Files followed at once. Further files are left out and reported.'),
})
export type LinesConfig = z.output<typeof linesConfig>

const changesConfig = z.strictObject({
  ...common,
  changes: z.array(absolute).min(1).max(64).describe('Folders (or files) whose changes are published.'),
  ignore: ignore('Files and folders to leave out.'),
  maxEntries: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(100_000)
    .describe('Files and folders watched below each path. Further ones are left out and reported.'),
  maxWatches: z
    .int()
    .min(0)
    .max(100_000)
    .default(4_096)
    .describe('Folders watched through the system. The others are compared every `poll`.'),
  poll: duration({ min: 1_000, max: 86_400_000 })
    .prefault('30s')
    .describe('How often everything is compared, to find changes that the system did not report.'),
})
export type ChangesConfig = z.output<typeof changesConfig>

export type FilesConfig = LinesConfig | ChangesConfig

export const filesConfig = entriesOf(
  z.union([linesConfig, changesConfig], { error: 'must have either `lines` or `changes`' }),
)

function ignore(description: string) {
  return z
    .array(z.string().min(1).max(256))
    .max(64)
    .default([])
    .describe(`${description} A pattern without \`/\` applies to names, a pattern with it to whole paths.`)
}
