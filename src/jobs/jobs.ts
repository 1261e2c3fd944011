import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { OwnEvent } from '../bus/api.js'
import type { Authorize, Principal } from '../bus/principal.js'
import { TocsinError } from '../errors/tocsin-error.js'
import type { Cancel, Runtime } from '../event/runtime.js'
import { Boundary } from '../parts/boundary.js'
import { ProcessSearch } from '../processes/process-search.js'
import { type ProgramStarter, startsHere } from '../processes/program-starter.js'
import type { Bucket } from '../state/state-store.js'
import { makeFolders } from '../storage/folder.js'
import { checkCommands } from './check-commands.js'
import type { JobsConfig } from './config.js'
import { finishCutShort } from './cut-short.js'
import { FinishedJobs } from './finished-jobs.js'
import { type Job, NO_QUEUE } from './job.js'
import { type CgroupInfo, JobCgroups } from './job-cgroups.js'
import { JobEvents } from './job-events.js'
import { JobRun, type JobRunHost } from './job-run.js'
import { JobStore } from './job-store.js'
import { type OutputPiece, partBytesOf, readOutput, removeOutputs } from './output-file.js'
import { userEnvironment } from './user-environment.js'

export interface JobsOptions {
  readonly runtime: Runtime
  readonly believedTime?: () => number
  readonly config: JobsConfig
  readonly bucket: Bucket
  readonly authorize: Authorize
  /** Folder for the output of jobs; without one, a temporary folder is used. */
  readonly folder: string | undefined
  /** Default: programs are started in this process. */
  readonly starter?: ProgramStarter
  /** Publishes an event. Returns false if the log did not store it. */
  publish(event: OwnEvent): boolean
  /** Resolves when all that was published so far survives the end of the hub. */
  settled(): Promise<void>
}

export interface JobRequest {
  /** Default: a random one. */
  readonly id?: string
  readonly commands: readonly string[]
  /** Jobs of a queue run one after the other. Default: `no_queue`, where jobs run at the same time. */
  readonly queue?: string
  readonly by: Principal
  /** ms, at most that of the configuration */
  readonly timeLimit?: number
}

/** Time that jobs may continue when the hub stops or has crashed, and that their end is waited for, ms. */
const STOP_KILL_AFTER = 3000
const STOP_WAIT = 5000

/** Runs jobs and keeps their records. A job that a crash has cut short is finished with a reason at the next start. */
export class Jobs {
  readonly #runtime: Runtime
  readonly #authorize: Authorize
  readonly #store: JobStore
  readonly #events: JobEvents
  readonly #host: JobRunHost
  readonly #search: ProcessSearch
  readonly #cgroups = new JobCgroups()
  /** Jobs that wait or run, or whose end is not recorded yet, by id. */
  readonly #active = new Map<string, JobRun>()
  /** In the order in which they wait. */
  readonly #pending: JobRun[] = []
  readonly #running = new Map<JobRun, number | undefined>()
  readonly #timeLimits = new Map<JobRun, number>()
  readonly #ends = new Set<Promise<void>>()
  readonly #finished: FinishedJobs
  /** Jobs that were not finished when the hub ended, until that is recorded. */
  #cutShort: Job[] = []
  #config: JobsConfig
  #folder: string | undefined
  readonly #isTemporary: boolean
  readonly #starter: ProgramStarter
  #isStarting = false
  #stopping = false

  private constructor(options: JobsOptions) {
    const { runtime, believedTime, config, bucket, authorize, folder } = options
    this.#runtime = runtime
    this.#config = config
    this.#authorize = authorize
    this.#store = new JobStore(bucket)
    this.#folder = folder
    this.#finished = new FinishedJobs({
      runtime,
      now: believedTime ?? (() => runtime.now()),
      keep: () => this.#config.keep,
      remove: (runs) => this.#track(this.#remove(runs)),
    })
    this.#isTemporary = folder === undefined
    this.#events = new JobEvents(options, () => this.#config.output)
    this.#search = new ProcessSearch(runtime)
    this.#starter = options.starter ?? startsHere
    this.#host = this.#runHost()
    this.configure(config)
  }

  static async open(options: JobsOptions): Promise<Jobs> {
    const jobs = new Jobs(options)
    await jobs.#load()
    return jobs
  }

  /** Reports the jobs that were cut short, and begins to remove old ones. */
  start(): void {
    for (const job of this.#cutShort) this.#track(this.#finishCutShort(job))
    this.#finished.sweep()
  }

  /** Applies settings to jobs that start from now on. */
  configure(config: JobsConfig): void {
    this.#config = config
    if (this.isOn) this.#cgroups.configure(config.cgroup)
    this.#startNext()
  }

  /** True if the configuration allows any program. */
  get isOn(): boolean {
    return this.#config.programs === '*' || this.#config.programs.length > 0
  }

  /** The cgroups of jobs, or why there are none; undefined if jobs are off. */
  get cgroups(): CgroupInfo | undefined {
    return this.isOn ? this.#cgroups.infoFor(this.#config) : undefined
  }

  /** Records the job, and starts it when it is its turn. Rejects with TCN_JOB_… or TCN_ACCESS_DENIED. */
  async run(request: JobRequest): Promise<Job> {
    const run = this.#accept(request)
    const { job } = run
    try {
      await this.#store.put(job)
    } catch (error) {
      this.#active.delete(job.id)
      throw error
    }
    if (this.#stopping) run.end('the hub stopped before its turn')
    void this.#events.changed(job)
    if (run.job.state === 'finished') this.#track(this.#finish(run))
    else {
      this.#pending.push(run)
      this.#startNext()
    }
    return run.job
  }

  /** All jobs, finished ones without their output, the oldest first. */
  list(): Job[] {
    const active = [...this.#active.values()].map(({ job }) => job)
    const known = new Set(active.map(({ run }) => run))
    return [...this.#finished.all.filter(({ run }) => !known.has(run)), ...active]
  }

  /** Returns the number of jobs before this one in its queue; undefined unless it waits. */
  position(job: Job): number | undefined {
    if (job.state !== 'pending') return undefined
    const place = this.#pending.filter(({ queue }) => queue === job.queue).findIndex((run) => run.is(job))
    return place < 0 ? undefined : place
  }

  /** The last job of this id. */
  find(id: string): Job | undefined {
    const isMeant = (job: Job) => job.id === id
    return (
      this.#active.get(id)?.job ?? this.#finished.all.findLast(isMeant) ?? this.#cutShort.findLast(isMeant)
    )
  }

  /** Returns the job with the output that its record has. */
  async withOutput(job: Job): Promise<Job> {
    const active = this.#active.get(job.id)
    if (active?.is(job)) return active.job
    return (await this.#store.get(job.run)) ?? job
  }

  /** Returns output from the files of a job; undefined if there is none from this offset, for now. */
  async output(
    { run, partBytes, outputBytes }: Job,
    from: number,
    limit: number,
  ): Promise<OutputPiece | undefined> {
    if (this.#folder === undefined) return undefined
    return readOutput({ folder: this.#folder, name: run, partBytes }, from, outputBytes, limit)
  }

  /** Resolves when the job has more output or another state, and after `ms` at the latest. */
  async changed(job: Job, ms: number, signal: AbortSignal): Promise<void> {
    const active = this.#active.get(job.id)
    if (active?.is(job)) await active.changed(ms, signal)
  }

  /** Ends a job that waits or runs. Throws TCN_JOB_UNKNOWN or TCN_JOB_FINISHED. */
  kill(id: string, reason: string): Job {
    const run = this.#active.get(id)
    const job = run?.job ?? this.find(id)
    if (job === undefined) throw new TocsinError('TCN_JOB_UNKNOWN', `there is no job ${id}`)
    if (run === undefined || job.state === 'finished') {
      throw new TocsinError('TCN_JOB_FINISHED', `the job ${id} has finished`)
    }
    this.#end(run, reason)
    return run.job
  }

  /** Ends all jobs and records why. Resolves when they have ended, and after 5 s at the latest. */
  async stop(reason = 'the hub stopped'): Promise<void> {
    this.#stopping = true
    this.#finished.close()
    const killAfter = Math.min(this.#config.killAfter, STOP_KILL_AFTER)
    for (const run of this.#active.values()) this.#end(run, reason, killAfter)
    let cancel: Cancel = () => undefined
    const late = new Promise<void>((resolve) => {
      cancel = this.#runtime.after(STOP_WAIT, resolve)
    })
    await Promise.race([this.#allEnded(), late])
    cancel()
    this.#starter.close()
    this.#events.close()
    if (this.#isTemporary && this.#folder !== undefined)
      await rm(this.#folder, { recursive: true, force: true })
  }

  async #allEnded(): Promise<void> {
    while (this.#ends.size > 0) await Promise.all(this.#ends)
  }

  // ---- accepting

  #accept({ id = `job-${this.#newName(4)}`, commands, queue = NO_QUEUE, by, timeLimit }: JobRequest): JobRun {
    if (this.#stopping) throw new TocsinError('TCN_JOB_STOPPING')
    checkCommands(commands, this.#config, (names) => names.some((name) => this.#authorize(by, 'run', name)))
    if ((this.#active.get(id)?.job.state ?? 'finished') !== 'finished') {
      throw new TocsinError('TCN_JOB_EXISTS', `the job ${id} has not finished`)
    }
    if (this.#pending.length >= this.#config.waiting || this.#events.waiting >= this.#config.waiting) {
      throw new TocsinError('TCN_JOB_FULL', `${this.#config.waiting} jobs wait for their turn`)
    }
    const job: Job = {
      id,
      run: this.#newName(8),
      commands,
      queue,
      by: by.name,
      state: 'pending',
      created: this.#runtime.now(),
      results: [],
      outputBytes: 0,
      partBytes: partBytesOf(this.#config.file),
    }
    const run = new JobRun(job, this.#host)
    this.#active.set(id, run)
    if (timeLimit !== undefined) this.#timeLimits.set(run, timeLimit)
    return run
  }

  #newName(bytes: number): string {
    return Buffer.from(this.#runtime.random(bytes)).toString('hex')
  }

  // ---- running

  #runHost(): JobRunHost {
    const jobs = this
    const environment = userEnvironment()
    return {
      runtime: this.#runtime,
      search: this.#search,
      cgroups: this.#cgroups,
      starter: this.#starter,
      environment,
      get config() {
        return jobs.#config
      },
      get folder() {
        return jobs.#outputFolder()
      },
      begun: ({ job }) => {
        if (job.results.length === 1) void this.#events.changed({ ...job, state: 'running' })
        this.#save(job)
      },
      found: ({ job }) => this.#save(job),
      output: (run, text) =>
        this.#events.output(
          run.job.run,
          text,
          () => run.job,
          (job) => this.#save(job),
        ),
      commandEnded: ({ job }) => this.#events.commandEnded(job),
    }
  }

  #outputFolder(): string {
    this.#folder ??= mkdtempSync(join(tmpdir(), 'tocsin-jobs-'))
    makeFolders(this.#folder, 0o700)
    return this.#folder
  }

  /** One in each turn of the event loop: to start a process takes some milliseconds. */
  #startNext(): void {
    const next = this.#isStarting ? undefined : this.#pending.find((run) => this.#hasRoom(run))
    if (next === undefined) return
    this.#pending.splice(this.#pending.indexOf(next), 1)
    this.#track(this.#perform(next))
    this.#isStarting = true
    this.#runtime.soon(() => {
      this.#isStarting = false
      this.#startNext()
    })
  }

  #hasRoom({ queue }: JobRun): boolean {
    const others = [...this.#running.keys()].filter((each) => each.queue === queue).length
    return others < (queue === NO_QUEUE ? this.#config.parallel : 1)
  }

  async #perform(run: JobRun): Promise<void> {
    const least = Math.min(this.#config.timeLimit ?? Infinity, this.#timeLimits.get(run) ?? Infinity)
    const limit = Number.isFinite(least) ? least : undefined
    this.#running.set(run, limit)
    const boundary = new Boundary('job', run.job.id, (thrown) => this.#end(run, `it has failed: ${thrown}`))
    await boundary.run(() => run.start(limit))
    this.#running.delete(run)
    const finished = this.#finish(run)
    this.#startNext()
    await finished
  }

  #end(run: JobRun, reason: string, killAfter?: number): void {
    const place = this.#pending.indexOf(run)
    run.end(reason, killAfter)
    // A job in neither list is being recorded.
    if (place < 0) return
    this.#pending.splice(place, 1)
    this.#track(this.#finish(run))
  }

  async #finish(run: JobRun): Promise<void> {
    this.#timeLimits.delete(run)
    const { job } = run
    this.#cgroups.release(job.run)
    await this.#events.ended(job, () => this.#store.put(job))
    if (this.#active.get(job.id) === run) this.#active.delete(job.id)
    this.#finished.add(job)
    this.#finished.sweepSoon()
  }

  /** A record that cannot be written is older than the job, and is finished with a reason at the next start. */
  #save(job: Job): void {
    this.#store.put(job).catch(() => undefined)
  }

  #track(end: Promise<void>): void {
    this.#ends.add(end)
    void end.finally(() => this.#ends.delete(end))
  }

  // ---- after a restart

  async #load(): Promise<void> {
    for await (const job of this.#store.list()) {
      if (job.state === 'finished') this.#finished.add(job)
      else this.#cutShort.push(job)
    }
    this.#finished.sort()
    await this.#removeUnknownFiles()
  }

  async #removeUnknownFiles(): Promise<void> {
    if (this.#folder === undefined) return
    const known = new Set([...this.#finished.all, ...this.#cutShort].map(({ run }) => run))
    await removeOutputs(this.#folder, (run) => !known.has(run))
  }

  async #finishCutShort(job: Job): Promise<void> {
    const killAfter = Math.min(this.#config.killAfter, STOP_KILL_AFTER)
    const ended = await finishCutShort(job, this.#host, { folder: this.#folder, killAfter })
    this.#cgroups.release(job.run)
    this.#cutShort = this.#cutShort.filter((other) => other !== job)
    this.#finished.add(ended)
    await this.#events.ended(ended, () => this.#store.put(ended))
  }

  // ---- retention

  async #remove(runs: readonly string[]): Promise<void> {
    const removed = new Set(runs)
    if (this.#folder !== undefined) await removeOutputs(this.#folder, (run) => removed.has(run))
    await Promise.all(runs.map((run) => this.#store.delete(run).catch(() => undefined)))
  }
}
