import type { Cancel, Runtime } from '../event/runtime.js'
import type { JobsConfig } from './config.js'
import type { Job } from './job.js'

interface FinishedJobsOptions {
  readonly runtime: Pick<Runtime, 'after' | 'soon'>
  /** µs since the epoch */
  now(): number
  keep(): JobsConfig['keep']
  /** Removes what is stored of these runs. */
  remove(runs: readonly string[]): void
}

const HOUR = 3_600_000

/** Finished jobs without their output, the oldest first, for as long as they are kept. */
export class FinishedJobs {
  readonly #options: FinishedJobsOptions
  #jobs: Job[] = []
  #isDue = false
  #cancel: Cancel | undefined
  #isClosed = false

  constructor(options: FinishedJobsOptions) {
    this.#options = options
  }

  get all(): readonly Job[] {
    return this.#jobs
  }

  add(job: Job): void {
    this.#jobs.push({ ...job, results: job.results.map((result) => ({ ...result, output: '' })) })
  }

  sort(): void {
    this.#jobs.sort((one, other) => (one.finished ?? 0) - (other.finished ?? 0))
  }

  /** Removes old jobs, once for all that finish in the same turn of the event loop. */
  sweepSoon(): void {
    if (this.#isDue) return
    this.#isDue = true
    this.#options.runtime.soon(() => this.sweep())
  }

  /** Removes old jobs, and does so again every hour. */
  sweep(): void {
    this.#isDue = false
    this.#cancel?.()
    if (this.#isClosed) return
    const { keep, now, remove, runtime } = this.#options
    const { jobs, age } = keep()
    const oldest = now() - age * 1000
    const kept = new Set(this.#jobs.slice(-jobs).filter(({ finished = 0 }) => finished >= oldest))
    const removed = this.#jobs.filter((job) => !kept.has(job)).map(({ run }) => run)
    this.#jobs = [...kept]
    if (removed.length > 0) remove(removed)
    this.#cancel = runtime.after(HOUR, () => this.sweep())
  }

  close(): void {
    this.#isClosed = true
    this.#cancel?.()
  }
}
