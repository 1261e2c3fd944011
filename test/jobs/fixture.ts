import { join } from 'node:path'
import type { z } from 'zod'
import type { OwnEvent } from '../../src/bus/api.js'
import type { Authorize } from '../../src/bus/principal.js'
import { jobsConfig } from '../../src/jobs/config.js'
import { type Job, type JobRequest, Jobs } from '../../src/jobs/index.js'
import { processStat } from '../../src/processes/process-table.js'
import { StartingProcess } from '../../src/processes/program-starter.js'
import { openMemoryState, type StateStore } from '../../src/state/index.js'
import { realRuntime } from '../helpers/real-runtime.js'
import { startingCommand } from '../helpers/starting-process.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

export const by = { name: 'ops', source: 'ops' }

export interface TestJobs extends AsyncDisposable {
  readonly jobs: Jobs
  readonly events: { tag: string; data: Record<string, unknown> }[]
  readonly state: StateStore
  readonly folder: string
  /** Runs commands, and resolves when the job has finished. */
  finish(request: string | Partial<JobRequest>): Promise<Job>
  start(request: string | Partial<JobRequest>): Promise<Job>
  finished(id: string): Promise<Job>
}

export interface TestJobsOptions {
  config?: z.input<typeof jobsConfig>
  authorize?: Authorize
  state?: StateStore
  folder?: string
  publish?: (event: OwnEvent) => boolean
  settled?: () => Promise<void>
}

/** A runner with real processes, files and timers. */
export async function openJobs(options: TestJobsOptions = {}): Promise<TestJobs> {
  const folder = options.folder ?? temporaryFolder('jobs-test')
  const state = options.state ?? openMemoryState({ runtime: realRuntime })
  const events: TestJobs['events'] = []
  const jobs = await Jobs.open({
    runtime: realRuntime,
    config: jobsConfig.parse({ programs: '*', killAfter: '300ms', ...options.config }),
    bucket: state.bucket('jobs'),
    authorize: options.authorize ?? ((() => true) as unknown as Authorize),
    folder: join(folder, 'jobs'),
    starter: new StartingProcess(realRuntime, startingCommand()),
    publish(event) {
      if (options.publish?.(event) === false) return false
      events.push(event as (typeof events)[number])
      return true
    },
    settled: options.settled ?? (async () => undefined),
  })
  jobs.start()
  const start = (request: string | Partial<JobRequest>) =>
    jobs.run({ by, commands: [], ...(typeof request === 'string' ? { commands: [request] } : request) })
  const finished = (id: string) =>
    until(() => {
      const job = jobs.find(id)
      return job?.state === 'finished' && jobs.list().includes(job) ? job : undefined
    })
  return {
    jobs,
    events,
    state,
    folder,
    start,
    finished: async (id) => jobs.withOutput(await finished(id)),
    finish: async (request) => jobs.withOutput(await finished((await start(request)).id)),
    [Symbol.asyncDispose]: () => jobs.stop(),
  }
}

/** Waits until the function returns something. */
export async function until<Value>(find: () => Value | undefined | false | '' | 0): Promise<Value> {
  for (;;) {
    const value = find()
    if (value) return value
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** Whether there is such a process, other than a zombie. */
export function processState(pid: number): boolean {
  const found = processStat(pid)
  return found !== undefined && found.state !== 'Z'
}

/** A command that runs a script. */
export function shell(script: string): string {
  return `bash -c "${script.replaceAll('"', '"""')}"`
}

/** In a script: waits until the process that it has started last is `sleep`. */
export const IS_SLEEPING = 'until grep -qs ^sleep /proc/$!/cmdline; do sleep 0.05; done'

/** In a script: waits until there is such a file. */
export const waitsFor = (path: string) => `until [ -f ${path} ]; do sleep 0.05; done`

/** A state as a crash leaves it. */
export async function copyOf(state: StateStore): Promise<StateStore> {
  const copy = openMemoryState({ runtime: realRuntime })
  for await (const { key, value } of state.bucket('jobs').list()) await copy.bucket('jobs').put(key, value)
  return copy
}
