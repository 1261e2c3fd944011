import { z } from 'zod'
import { duration, durationOrOff, size } from '../../types/units.js'
import { entriesOf } from '../entries.js'

const absolute = z
  .string()
  .max(4096)
  .regex(/^\/[^\0]*$/, { error: 'must be an absolute path' })

const common = {
  name: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/, {
      error: 'must be 1 to 64 letters, digits, dots, dashes and underscores',
    })
    .describe('Name in tags: `host/<hostname>/files/<name>/…`.'),
  silentAfter: durationOrOff({ min: 1_000 })
    .prefault('off')
    .describe('Without an event for so long the source is reported silent.'),
}

const linesConfig = z.strictObject({
  ...common,
  lines: z
    .array(absolute)
    .min(1)
    .max(64)
    .describe(
      'Files whose lines are published. `*`, `?` and `[…]` stand for parts of a name, `**` for any folders.',
    ),
  ignore: ignore('Files to leave out.'),
  from: z
    .enum(['end', 'start'])
    .default('end')
    .describe(
      'Where to begin in files that are there at the very first start. Later ones are read from their start.',
    ),
  maxLine: size({ min: 64, max: 8 * 2 ** 20 })
    .prefault('64KiB')
    .describe('Longer lines are cut, and marked.'),
  partialAfter: duration({ min: 100, max: 3_600_000 })
    .prefault('5s')
    .describe('How long the beginning of a line waits for its end before it is published, marked.'),
  maxFiles: z
    .int()
    .min(1)
    .max(2_000)
    .default(500)
    .describe('Files followed at once. More are left out, and reported.'),
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
    .describe('Files and folders watched below each path. More are left out, and reported.'),
  maxWatches: z
    .int()
    .min(0)
    .max(100_000)
    .default(4_096)
    .describe('Folders watched through the system. The others are looked at on `poll`.'),
  poll: duration({ min: 1_000, max: 86_400_000 })
    .prefault('30s')
    .describe('How often all is compared, for what the system did not tell.'),
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
    .describe(`${description} A pattern without \`/\` is of a name, one with it of a whole path.`)
}
