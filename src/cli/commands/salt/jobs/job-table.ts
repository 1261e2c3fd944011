import type { Event } from '../../../../event/event.js'
import { deleteOldest } from '../../../../event/oldest.js'
import { addError, addNew, addProgress, addReturn, Job, type Minion } from './job.js'

/** The change that an event made to a job. */
export interface JobNews {
  job: Job
  what: 'new' | 'return' | 'progress' | 'error'
  minion?: Minion
}

/** Jobs, assembled from the events about them. */
export class JobTable {
  readonly #max: number
  readonly #jobs = new Map<string, Job>()
  /**
   * Jobs that are no longer kept, so that late returns do not open them again. Bounded, because anybody can invent job
   * IDs.
   */
  readonly #dropped = new Set<string>()

  /** Keeps at max this many jobs, and drops the oldest. */
  constructor(max: number) {
    this.#max = max
  }

  get jobs(): Job[] {
    return [...this.#jobs.values()]
  }

  get(jid: string): Job | undefined {
    return this.#jobs.get(jid)
  }

  /** Undefined if the event is not about a job that is kept. With `details`, returned values are kept. */
  add(event: Event, details: boolean): JobNews | undefined {
    const [salt, kind, jid, what, ...rest] = event.tag.split('/')
    if (salt !== 'salt' || kind !== 'job' || !jid) return undefined
    if (what === 'new') return this.#take(jid, (job) => addNew(job, event), 'new')
    if (what === 'error') return this.#take(jid, (job) => addError(job, event), 'error')
    if (what === 'ret' && rest.length > 0) {
      const id = rest.join('/')
      return this.#take(jid, (job) => addReturn(job, event, id, details), 'return')
    }
    if (what === 'prog' && rest.length > 1) {
      const id = rest.slice(0, -1).join('/')
      return this.#take(jid, (job) => addProgress(job, event, id), 'progress')
    }
    return undefined
  }

  #take(jid: string, change: (job: Job) => Minion | undefined, what: JobNews['what']): JobNews | undefined {
    const job = this.#jobs.get(jid) ?? this.#open(jid)
    if (job === undefined) return undefined
    const minion = change(job)
    return { job, what, ...(minion ? { minion } : {}) }
  }

  #open(jid: string): Job | undefined {
    if (this.#dropped.has(jid)) return undefined
    const job = new Job(jid)
    this.#jobs.set(jid, job)
    if (this.#jobs.size > this.#max) {
      const [oldest] = this.#jobs.keys()
      this.#drop(oldest)
    }
    return job
  }
  #drop(jid: string): void {
    this.#jobs.delete(jid)
    this.#dropped.add(jid)
    if (this.#dropped.size > MAX_DROPPED) deleteOldest(this.#dropped)
  }
}

const MAX_DROPPED = 10_000
