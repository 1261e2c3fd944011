import { z } from 'zod'
import { maySeeJob } from '../access/job-privacy.js'
import type { Authorize, Principal } from '../bus/principal.js'
import { TocsinError } from '../errors/tocsin-error.js'
import type { Runtime } from '../event/runtime.js'
import { LongWork } from '../incremental/long-work.js'
import type { JobInfo, JobOutput } from '../methods/contract/index.js'
import { type Call, type Method, method } from '../methods/method.js'
import { type Job, succeeded } from './job.js'
import type { Jobs } from './jobs.js'
import * as results from './results.js'

export interface JobMethodContext {
  jobs: Jobs
  authorize: Authorize
  runtime: Runtime
}

const MAX_COMMANDS = 64
/** Characters of all commands of a job, which its events repeat. */
const MAX_COMMAND_TEXT = 16_384
const MAX_LISTED = 1000
const OUTPUT_PIECE = 256 * 1024
const MAX_WAIT = 60_000_000
const MICROS = 1000

const id = z.string().regex(/^[^\p{Cc}\p{Surrogate}]{1,200}$/u, {
  error: 'must be 1 to 200 characters, no control character',
})
const command = z.string().regex(/^[^\0-\x08\x0e-\x1f\x7f]*$/, { error: 'must have no control character' })
const queue = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, {
  error: 'must be 1 to 64 letters, digits, dots, dashes and underscores',
})
const commands = z
  .array(command)
  .max(MAX_COMMANDS)
  .refine((all) => all.join('').length <= MAX_COMMAND_TEXT, {
    error: `must have ${MAX_COMMAND_TEXT} characters at most`,
  })

export function jobMethods({ jobs, authorize, runtime }: JobMethodContext): Method[] {
  const access = new JobAccess(jobs, authorize)
  return [
    runMethod(jobs),
    listMethod(jobs, access, runtime),
    getMethod(jobs, access),
    outputMethod(jobs, access),
    killMethod(jobs, access),
  ]
}

class JobAccess {
  readonly #jobs: Jobs
  readonly #authorize: Authorize

  constructor(jobs: Jobs, authorize: Authorize) {
    this.#jobs = jobs
    this.#authorize = authorize
  }

  /** The commands and the output of a job may hold secrets: `monitor`, the right of dashboards, does not show them. */
  maySee(principal: Principal, { by }: Job): boolean {
    return maySeeJob(this.#authorize, principal, by)
  }

  visible({ principal }: Call, wanted: string): Job {
    const job = this.#jobs.find(wanted)
    if (job !== undefined && this.maySee(principal, job)) return job
    throw new TocsinError('TCN_JOB_UNKNOWN', `there is no job ${wanted}, or it is not yours`)
  }

  checkMayEnd(principal: Principal, { id, by }: Job): void {
    if (by === principal.name || this.#authorize(principal, 'admin')) return
    const message = `the job ${id} is one of ${by}, and killing it requires the right "admin"`
    throw new TocsinError('TCN_ACCESS_DENIED', message, { details: { right: 'admin' } })
  }
}

function runMethod(jobs: Jobs): Method {
  return method({
    name: 'jobs.run',
    summary: 'Runs commands one after the other, without a shell, and returns at once.',
    right: 'run',
    params: z.object({
      id: id.optional().describe('Name of the job. Default: a random one.'),
      commands: commands.describe(
        'Split at blanks, except within double quotes. The first that fails is the last.',
      ),
      queue: queue.optional().describe('Jobs of a queue run one after the other. Default: at the same time.'),
      timeLimit: z
        .int()
        .min(1_000_000)
        .optional()
        .describe("Time after which it is ended, µs; at most the hub's."),
    }),
    result: results.job,
    changes: ({ id, commands, queue }, result?: JobInfo) => ({ id: result?.id ?? id, commands, queue }),
    run: async ({ principal: by }, { timeLimit, ...request }) => {
      const limit = timeLimit === undefined ? undefined : Math.ceil(timeLimit / MICROS)
      return infoOf(
        jobs,
        await jobs.run({ ...request, by, ...(limit !== undefined && { timeLimit: limit }) }),
      )
    },
  })
}

function listMethod(jobs: Jobs, access: JobAccess, runtime: Runtime): Method {
  const lists = new LongWork(runtime, { isSmall: true, face: 'method', what: 'list of jobs' })
  return method({
    name: 'jobs.list',
    summary: 'Lists jobs, the newest first.',
    notes: 'Your own, and with the right `admin` those of others.',
    right: ['run', 'admin'],
    params: z.object({
      state: z.enum(['pending', 'running', 'finished']).optional(),
      limit: z.int().min(1).max(MAX_LISTED).default(100),
    }),
    result: results.jobList,
    async run({ principal, signal }, { state, limit }) {
      const found = jobs
        .list()
        .filter((job) => (state ?? job.state) === job.state && access.maySee(principal, job))
        .sort((one, other) => other.created - one.created)
      const listed = found.slice(0, limit)
      const infos = await lists.make(principal.name, listed, (job) => infoOf(jobs, job), signal)
      return { jobs: infos, more: found.length > limit }
    },
  })
}

function getMethod(jobs: Jobs, access: JobAccess): Method {
  return method({
    name: 'jobs.get',
    summary: 'Returns a job with its output, without the middle if that is long.',
    right: ['run', 'admin'],
    params: z.object({ id }),
    result: results.jobDetail,
    async run(call, params) {
      const job = await jobs.withOutput(access.visible(call, params.id))
      const { results, outputBytes, outputFault } = job
      return {
        ...infoOf(jobs, job),
        results: [...results],
        outputBytes,
        ...(outputFault !== undefined && { outputFault }),
      }
    },
  })
}

function outputMethod(jobs: Jobs, access: JobAccess): Method {
  return method({
    name: 'jobs.output',
    summary: 'Returns a piece of the whole output of a job, and can wait for it.',
    right: ['run', 'admin'],
    params: z.object({
      id,
      from: z.int().min(0).default(0).describe('Offset in the output of all commands, bytes. Default: 0.'),
      limit: z.int().min(1).max(OUTPUT_PIECE).default(OUTPUT_PIECE).describe('Most bytes in one answer.'),
      wait: z
        .int()
        .min(0)
        .max(MAX_WAIT)
        .default(0)
        .describe('Time to wait for more output of a job that has not finished, µs. Default: 0.'),
    }),
    result: results.jobOutput,
    async run(call, { id, from, limit, wait }): Promise<JobOutput> {
      const job = access.visible(call, id)
      if (job.outputBytes <= from && wait > 0) await jobs.changed(job, wait / MICROS, call.signal)
      return outputOf(jobs, access.visible(call, id), from, limit)
    },
  })
}

function killMethod(jobs: Jobs, access: JobAccess): Method {
  return method({
    name: 'jobs.kill',
    summary: 'Ends jobs that wait or run, with all their processes: TERM first, then KILL.',
    notes: 'Your own, and with the right `admin` those of others. All of them or none.',
    right: ['run', 'admin'],
    params: z.object({ ids: z.array(id).min(1).max(MAX_LISTED) }),
    result: results.killed,
    changes: ({ ids }) => ({ ids }),
    async run(call, { ids }) {
      const { principal } = call
      const chosen = ids.map((each) => access.visible(call, each))
      for (const job of chosen) access.checkMayEnd(principal, job)
      const finished = chosen.find(({ state }) => state === 'finished')
      if (finished !== undefined)
        throw new TocsinError('TCN_JOB_FINISHED', `the job ${finished.id} has finished`)
      return {
        jobs: [...new Set(ids)].map((each) => infoOf(jobs, jobs.kill(each, `killed by ${principal.name}`))),
      }
    },
  })
}

function infoOf(jobs: Jobs, job: Job): JobInfo {
  const { id, commands, queue, by, state, created, started, finished, reason, left, cgroup, results } = job
  const position = jobs.position(job)
  return {
    id,
    commands: [...commands],
    queue,
    by,
    state,
    ...(position !== undefined && { position }),
    created,
    ...(started !== undefined && { started }),
    ...(finished !== undefined && { finished }),
    ...(reason !== undefined && { reason }),
    ...(left !== undefined && { left }),
    ...(cgroup !== undefined && { cgroup }),
    codes: results.flatMap(({ code }) => (code === undefined ? [] : [code])),
    ...(state === 'finished' && { succeeded: succeeded(job) }),
  }
}

async function outputOf(jobs: Jobs, job: Job, from: number, limit: number): Promise<JobOutput> {
  const { state, outputBytes } = job
  const { at, bytes } = (await jobs.output(job, from, limit)) ?? { at: from, bytes: new Uint8Array() }
  const next = at + bytes.length
  return { at, bytes, next, state, done: state === 'finished' && (next >= outputBytes || bytes.length === 0) }
}
