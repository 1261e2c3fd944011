import { z } from 'zod'
import { bytes, count, more, text, time } from '../methods/results/shape.js'

const jobState = z.enum(['pending', 'running', 'finished'])

const left = z
  .object({
    count,
    processes: z
      .array(z.object({ pid: count, command: text, end: z.enum(['asked', 'killed', 'kept', 'stays']) }))
      .describe('Not all if they are many.'),
  })
  .describe('Processes that had left its process groups when it ended, and how each has ended.')

export const job = z
  .object({
    id: text,
    commands: z.array(text),
    queue: text,
    by: text.describe('The principal that started it.'),
    state: jobState,
    position: count.optional().describe('The number of jobs before it in its queue; absent unless it waits.'),
    created: time,
    started: time.optional(),
    finished: time.optional(),
    reason: text.optional().describe('Why it was cut short.'),
    left: left.optional(),
    cgroup: text
      .optional()
      .describe(
        'The folder of its cgroup. Absent if it had none, and its processes were looked for elsewhere.',
      ),
    codes: z.array(z.int()).describe('Return codes of the commands that have ended, in order.'),
    succeeded: z
      .boolean()
      .optional()
      .describe('True if all commands have run and none failed; absent unless it has finished.'),
  })
  .meta({ id: 'JobInfo' })

const commandResult = z.object({
  output: text,
  code: z.int().optional(),
  signal: text.optional().describe('The signal that ended the program, such as `SIGKILL`.'),
  fault: text.optional().describe('Why the program could not be started.'),
})

export const jobDetail = job
  .extend({
    results: z
      .array(commandResult)
      .describe('The results of the commands that have begun. The middle of a long output is left out.'),
    outputBytes: count.describe('Bytes of its whole output.'),
    outputFault: text.optional().describe('Why not all output is kept.'),
  })
  .meta({ id: 'JobDetail' })

export const jobOutput = z
  .object({
    at: count.describe('Offset of the bytes: later than asked if the output from there on is gone.'),
    bytes,
    next: count.describe('The `from` of the next call.'),
    state: jobState,
    done: z.boolean().describe('True if nothing will follow.'),
  })
  .meta({ id: 'JobOutput' })

export const jobList = z.object({ jobs: z.array(job), more })
export const killed = z.object({ jobs: z.array(job) })
