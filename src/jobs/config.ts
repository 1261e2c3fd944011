import { z } from 'zod'
import { absolutePath, path } from '../config/values/path.js'
import { programList } from '../config/values/programs.js'
import { count, duration, durationOrOff, size } from '../config/values/units.js'
import { PROGRAM_FOLDERS } from '../processes/programs.js'

const KiB = 2 ** 10
const MiB = 2 ** 20
const DAY = 86_400_000
const MAX_VARIABLES = 100

const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'must be a name of a variable' })

const account = (description: string) =>
  z
    .string()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}$/, { error: 'must be the name of a user or group' })
    .refine(() => process.getuid?.() === 0, { error: 'requires a hub that runs as root' })
    .optional()
    .describe(description)

const user = account('User as whom jobs run, with the groups of this user alone. Default: that of the hub.')
const group = account('Group instead of the first one of `user`.')
const limits = z
  .strictObject({
    cpu: duration({ min: 1000 })
      .optional()
      .describe('Processor time of a process; it then gets the signal XCPU.'),
    memory: size({ min: MiB }).optional().describe('Address space of a process.'),
    files: z.int().min(16).optional().describe('Files that a process may have open.'),
    processes: z.int().min(1).optional().describe('Processes of the user, others than those of jobs too.'),
  })
  .prefault({})

const runAsConfig = z.strictObject({ user, group, limits: limits.optional() })
export type RunAsConfig = z.output<typeof runAsConfig>

export const jobsConfig = z.strictObject({
  programs: programList(
    'Programs that jobs may run, by path or by name; `*`: any. Without one, jobs are off. A principal also needs the right `run`.',
  ),
  path: z
    .array(path())
    .min(1)
    .max(64)
    .default([...PROGRAM_FOLDERS])
    .describe('Folders in which programs are found by name; also the `PATH` of jobs.'),
  environment: z
    .record(
      variable,
      z
        .string()
        .max(4096)
        .regex(/^[^\0]*$/, { error: 'must have no null character' }),
    )
    .refine((variables) => Object.keys(variables).length <= MAX_VARIABLES, {
      error: `at most ${MAX_VARIABLES} variables`,
    })
    .default({})
    .describe('Variables for jobs, besides `PATH`, `HOME`, `USER`, `LOGNAME`, `LANG` and `TOCSIN_JOB`.')
    .meta({ whole: true }),
  user,
  group,
  limits: limits.describe('Limits of each process of a job. Without a limit, that of the hub applies.'),
  cgroup: z
    .union([z.enum(['auto', 'off']), absolutePath()], {
      error: 'must be auto, off, or the absolute path of a folder',
    })
    .default('auto')
    .describe(
      'Where each job gets a cgroup of its own, with which all its processes are found and ended: `auto`, in the cgroup of the hub if that is delegated to its user; `off`; or the folder of another one, which no other hub may use.',
    )
    .meta({ kind: 'auto, off or path' }),
  whole: z
    .strictObject({
      memory: size({ min: MiB }).optional().describe('Memory of all processes of a job together.'),
      processes: z.int().min(2).optional().describe('Processes and threads of a job.'),
      cpus: z
        .number()
        .min(0.01)
        .max(10_000)
        .optional()
        .describe('Processors that all processes of a job together may use, such as 0.5.'),
    })
    .prefault({})
    .describe('Limits of each job as a whole, where it has a cgroup with the controller for this limit.'),
  per: z
    .record(z.string().max(4096), runAsConfig)
    .default({})
    .describe('`user`, `group` and `limits` of single programs, by the names in `programs`.')
    .meta({ whole: true }),
  folder: path().default('/').describe('Folder in which jobs run.'),
  parallel: count(16, 'Jobs without a queue that run at once. Jobs of a queue run one at a time.'),
  waiting: count(1000, 'Jobs that may wait for their turn.'),
  timeLimit: durationOrOff({ min: 1000, max: 365 * DAY })
    .prefault('1d')
    .describe('Time after which a job is ended.'),
  killAfter: duration({ min: 100, max: 300_000 })
    .prefault('5s')
    .describe('How long a job may continue after the signal TERM, before KILL ends it.'),
  leftBehind: z
    .enum(['end', 'keep'])
    .default('end')
    .describe(
      'Processes that have left the process groups of a job, as daemons do, when its commands have ended: `end` ends them like those of a job that is killed, `keep` lets them run. Its record names them.',
    ),
  output: size({ min: 4 * KiB, max: 256 * KiB })
    .prefault('64KiB')
    .describe('Output of a job that its record and its events have. The middle is left out of a longer one.'),
  file: size({ min: MiB, max: 64 * 1024 * MiB })
    .prefault('64MiB')
    .describe('Output of a job that is kept in files: its beginning and its last three quarters.'),
  keep: z
    .strictObject({
      jobs: count(1000, 'Finished jobs that are kept, with their output.'),
      age: duration({ min: 60_000 }).prefault('7d').describe('How long a finished job is kept.'),
    })
    .prefault({}),
})
export type JobsConfig = z.output<typeof jobsConfig>
