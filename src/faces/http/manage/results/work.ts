import { z } from 'zod'
import { count, cursor, more, type ResultsOf, text, time } from './shape.js'

const jobState = z.enum(['pending', 'running', 'finished'])

const left = z
  .object({
    count,
    processes: z
      .array(z.object({ pid: count, command: text, end: z.enum(['asked', 'killed', 'kept', 'stays']) }))
      .describe('Not all if they are many.'),
  })
  .describe('Processes that had left its process groups when it ended, and how each has ended.')

const job = z
  .object({
    id: text,
    commands: z.array(text),
    queue: text,
    by: text.describe('The principal that started it.'),
    state: jobState,
    position: count.optional().describe('How many jobs are before it in its queue.'),
    created: time,
    started: time.optional(),
    finished: time.optional(),
    reason: text.optional().describe('Why it was cut short.'),
    left: left.optional(),
    cgroup: text.optional().describe('The folder of its cgroup, if it has one.'),
    codes: z.array(z.int()).describe('Return codes of the commands that have ended, in order.'),
    succeeded: z.boolean().optional(),
  })
  .meta({ id: 'Job' })

const commandResult = z.object({
  output: text,
  code: z.int().optional(),
  signal: text.optional().describe('The signal that ended the program, such as `SIGKILL`.'),
  fault: text.optional().describe('Why the program could not be started.'),
})

const jobDetail = job
  .extend({ results: z.array(commandResult), outputBytes: count, outputFault: text.optional() })
  .meta({ id: 'JobDetail' })

const association = z
  .object({
    source: text,
    association: z.int(),
    state: z.enum(['up', 'shutting-down', 'closed', 'lost', 'refused']),
    since: time,
    outboundStreams: count,
    inboundStreams: count,
    peers: z.array(
      z.object({
        host: text,
        port: count,
        state: z.enum(['active', 'unreachable', 'potentially-failed', 'unconfirmed']),
        primary: z.boolean(),
      }),
    ),
    restarts: count,
    messages: count,
    bytes: count,
    lastError: text.optional(),
  })
  .meta({ id: 'SctpAssociation' })

export const workResults: ResultsOf<'jobs' | 'sctp'> = {
  'jobs.run': job,
  'jobs.list': z.object({ jobs: z.array(job), more }),
  'jobs.get': jobDetail,
  'jobs.output': z.object({
    at: count.describe('Offset of the bytes.'),
    bytes: z.base64(),
    next: count.describe('The `from` of the next call.'),
    state: jobState,
    done: z.boolean().describe('Whether nothing will follow.'),
  }),
  'jobs.kill': z.object({ jobs: z.array(job) }),
  'sctp.associations': z.object({ associations: z.array(association) }),
  'sctp.publish': z.object({
    accepted: count,
    cursor: cursor.optional(),
    errors: z.array(z.object({ index: count, code: text, message: text })),
  }),
}
