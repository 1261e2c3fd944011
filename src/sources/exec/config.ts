import { z } from 'zod'
import { absolutePath } from '../../config/values/path.js'
import { duration, size } from '../../config/values/units.js'
import { entriesOf, entryName, eventPolicy, once, silentAfter } from '../entry.js'
import { multilineConfig, parseConfig } from '../text/config.js'
import { transformConfig } from '../text/transform-config.js'

const MiB = 2 ** 20
const DAY = 86_400_000
const MAX_VARIABLES = 100

const word = z
  .string()
  .max(4096)
  .regex(/^[^\0]*$/, { error: 'must have no null character' })
const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'must be a name of a variable' })

const entry = z.strictObject({
  name: entryName('Name in tags: `host/<hostname>/exec/<name>/…`.'),
  command: z
    .array(word)
    .min(1)
    .max(256)
    .refine(([program]) => /^(\/.+|[^/]+)$/.test(program), {
      path: [0],
      error: 'must be the absolute path of a program, or its name',
    })
    .describe('The program and its arguments, one word each. No shell reads them.'),
  every: duration({ min: 1_000, max: 30 * DAY })
    .optional()
    .describe('How often the command runs. Absent: it runs all the time.'),
  restart: z
    .enum(['always', 'on-failure', 'never'])
    .default('always')
    .describe('When a command without `every` is started again after its end, after growing pauses.'),
  environment: z
    .record(variable, word)
    .refine((variables) => Object.keys(variables).length <= MAX_VARIABLES, {
      error: `at most ${MAX_VARIABLES} variables`,
    })
    .default({})
    .describe('Variables for the command, besides `PATH`, `HOME`, `USER`, `LOGNAME` and `LANG`.')
    .meta({ whole: true }),
  pass: z
    .array(variable)
    .max(MAX_VARIABLES)
    .default([])
    .describe('Variables of the hub that the command gets too.'),
  folder: absolutePath().default('/').describe('Folder in which the command runs.'),
  timeLimit: duration({ min: 100, max: DAY })
    .prefault('1m')
    .describe('How long one run of a command with `every` may take.'),
  killAfter: duration({ min: 100, max: 4_000 })
    .prefault('3s')
    .describe('How long the command may continue after the signal TERM, before KILL ends it.'),
  maxLine: size({ min: 64, max: 8 * MiB })
    .prefault('64KiB')
    .describe('Longest line; longer lines are cut and marked.'),
  maxOutput: size({ min: 1024, max: 1024 * MiB })
    .prefault('16MiB')
    .describe('Output of one run of a command with `every`; the rest is left out and counted.'),
  parse: parseConfig
    .optional()
    .describe('Reads fields, time and severity from each line. Absent: lines are text.'),
  transform: transformConfig,
  multiline: multilineConfig.optional().describe('Joins lines that belong together.'),
  silentAfter,
  once,
  ...eventPolicy,
})

export type ExecConfig = z.output<typeof entry>
export const execSourcesConfig = entriesOf(entry)
