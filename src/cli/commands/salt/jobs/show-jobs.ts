import type { Client, Status, Subscription } from '../../../../client/api.js'
import { TocsinError } from '../../../../errors/tocsin-error.js'
import { jsonView } from '../../../../event/json/view.js'
import type { FilterInput } from '../../../../protocols/native/protocol.js'
import { Exit } from '../../../help/exit-codes.js'
import type { HubOptions } from '../../../help/options.js'
import { Deadline, withHub } from '../../../hub/connect.js'
import { StreamNotes, subscribeOptions } from '../../../hub/stream-notes.js'
import { Ending, type Io } from '../../../io.js'
import { report } from '../../../output/report.js'
import { tableLines } from '../../../terminal/table.js'
import { escapeJson, escapeText } from '../../../terminal/text.js'
import { noteMissingBus } from '../read-events.js'
import type { Job, Minion } from './job.js'
import {
  callText,
  jobColumns,
  jobLines,
  jobObject,
  returnLines,
  summaryText,
  targetText,
} from './job-report.js'
import { type JobNews, JobTable } from './job-table.js'

export interface JobsOptions extends HubOptions {
  bus?: string
  from?: string
  limit?: number
  /** ms */
  duration?: number
  watch?: boolean
  changes?: boolean
  format?: string
}

const MAX_JOBS = 20

/** Shows the jobs in the hub's log and, with `watch`, what happens to them. */
export async function showJobs(io: Io, jid: string | undefined, options: JobsOptions): Promise<void> {
  await withHub(io, { ...options, silent: true }, (client) => new JobShow(io, client, jid, options).run())
}

class JobShow {
  readonly #io: Io
  readonly #client: Client
  readonly #jid: string | undefined
  readonly #options: JobsOptions
  readonly #table: JobTable
  readonly #notes: StreamNotes
  /** Past jobs have been shown; new events are shown as they arrive. */
  #live = false

  constructor(io: Io, client: Client, jid: string | undefined, options: JobsOptions) {
    this.#io = io
    this.#client = client
    this.#jid = jid
    this.#options = options
    this.#table = new JobTable(jid === undefined ? (options.limit ?? MAX_JOBS) : 1)
    this.#notes = new StreamNotes(io, {})
  }

  async run(): Promise<void> {
    const { bus, watch } = this.#options
    if (bus !== undefined) await noteMissingBus(this.#io, this.#client, bus)
    const deadline = new Deadline(this.#io.signal, watch ? this.#limit : undefined)
    const filter = jobFilter(this.#jid, this.#options)
    const from = this.#options.from ?? beginOf(this.#jid)
    const options = subscribeOptions({ from }, deadline.signal)
    const subscription = watch ? this.#client.subscribe(filter, options) : this.#client.read(filter, options)
    try {
      await this.#follow(subscription)
    } catch (error) {
      if (!deadline.passed) throw error
    } finally {
      deadline.clear()
      await subscription.close()
    }
    this.#io.signal.throwIfAborted()
    if (!watch) await this.#showPast()
    if (deadline.passed && this.#jid !== undefined) throw this.#tooLate()
  }

  /** Time to watch; the returns of one job are waited for. */
  get #limit(): number | undefined {
    const { duration, timeout } = this.#options
    return duration ?? (this.#jid === undefined ? undefined : timeout)
  }

  async #follow(subscription: Subscription): Promise<void> {
    for await (const item of subscription.batches()) {
      if (item.status !== undefined) await this.#onStatus(item)
      else {
        for (const event of item.events()) {
          const news = this.#table.add(event, this.#live || this.#jid !== undefined)
          if (this.#live && news !== undefined) this.#showNews(news)
          if (this.#jid === undefined) forgetReturn(news?.minion)
        }
        await this.#io.out.room()
      }
      if (this.#io.out.closed || (this.#live && this.#isDone)) return
    }
  }

  get #isDone(): boolean {
    return this.#jid !== undefined && this.#table.get(this.#jid)?.complete === true
  }

  async #onStatus(status: Status): Promise<void> {
    this.#notes.note(status)
    if (status.status !== 'live' || this.#live) return
    this.#live = true
    if (this.#jid === undefined || this.#table.get(this.#jid) !== undefined) await this.#showPast()
  }

  async #showPast(): Promise<void> {
    const { format } = this.#options
    const { jobs } = this.#table
    const job = this.#jid === undefined ? undefined : this.#table.get(this.#jid)
    if (this.#jid !== undefined && job === undefined) {
      throw new Ending(Exit.failed, `the log has no job ${this.#jid}`)
    }
    const shown = job === undefined ? jobs : [job]
    const objects = format === 'line' ? [] : shown.map((each) => jsonView(jobObject(each)))
    await report(this.#io, format, objects, () => this.#pastLines(job, jobs))
  }

  #pastLines(job: Job | undefined, jobs: readonly Job[]): string[] {
    const width = this.#io.out.columns
    if (job !== undefined) return jobLines(job, { changes: this.#options.changes === true, width })
    return jobs.length === 0 ? ['the log has no job'] : tableLines(jobColumns, jobs, width)
  }

  #showNews(news: JobNews): void {
    const { job, what } = news
    if (this.#options.format !== 'line') {
      if (what !== 'progress') this.#io.out.line(escapeJson(JSON.stringify(jsonView(jobObject(job)))))
      return
    }
    const [first, ...below] = this.#newsLines(news)
    if (first === undefined) return
    const prefix = this.#jid === undefined ? `${escapeText(job.jid)}  ` : ''
    for (const line of [prefix + first, ...below]) this.#io.out.line(line)
    if (job.complete) this.#io.out.line(`${prefix}done  ${summaryText(job)}`)
  }

  /** The lines have no control characters. */
  #newsLines({ job, what, minion }: JobNews): string[] {
    if (what === 'new')
      return [escapeText(`started  ${callText(job)}  ${targetText(job)}  ${summaryText(job)}`)]
    if (what === 'error') return [escapeText(`error  ${job.error}`)]
    if (what !== 'return' || minion === undefined) return []
    return returnLines(job, minion, this.#options.changes === true)
  }

  #tooLate(): TocsinError {
    const job = this.#jid === undefined ? undefined : this.#table.get(this.#jid)
    const missing = job?.missing.map(({ id }) => id) ?? []
    const what =
      job === undefined ? 'the job did not begin' : `no return of ${missing.slice(0, 20).join(', ')}`
    return new TocsinError('TCN_CLIENT_TIMEOUT', `${what} in time`)
  }
}

/** When many jobs are shown, a returned value is no longer needed once it is printed. */
function forgetReturn(minion: Minion | undefined): void {
  if (minion?.answer === undefined) return
  minion.answer.value = undefined
  minion.answer.results = []
}

function jobFilter(jid: string | undefined, { bus, watch }: JobsOptions): FilterInput {
  const tag = (dialect: string, value: string) => ({ [dialect]: { tag: value } })
  const kinds = ['new', 'ret/*', 'error', ...(watch ? ['prog/*'] : [])]
  const ofJobs =
    jid === undefined
      ? { any: kinds.map((kind) => tag('glob', `salt/job/*/${kind}`)) }
      : tag('prefix', `salt/job/${jid}/`)
  return bus === undefined ? ofJobs : { all: [{ exact: { source: `salt/${bus}` } }, ofJobs] }
}

/** One day: the master's clock may use any time zone, and may be wrong. */
const BEFORE_MS = 86400e3

/** The earliest position of a job's events; its ID is the time of its publish. */
function beginOf(jid: string | undefined): string {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)\d{0,6}(?:_\d+)?$/.exec(jid ?? '')
  if (match === null) return 'start'
  const [, year, month, day, hour, minute, second] = match
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(time) ? 'start' : new Date(time - BEFORE_MS).toISOString()
}
