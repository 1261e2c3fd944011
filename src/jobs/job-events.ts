import { OWNER } from '../access/job-privacy.js'
import type { OwnEvent } from '../bus/api.js'
import type { Cancel, Runtime } from '../event/runtime.js'
import { BoundedText } from './bounded-text.js'
import type { Job } from './job.js'
import { jobEvent, jobTag } from './job-event.js'

/** Pause between output and the event that has it, and between attempts to publish, ms. */
const PAUSE = 1000

/** New output of a job, until the event that has it. */
interface Fresh {
  text: BoundedText
  cancel: Cancel
}

interface EventLogOfJobs {
  runtime: Runtime
  /** Returns false if the log did not store the event. */
  publish(event: OwnEvent): boolean
  /** Resolves when all that was published so far survives the end of the hub. */
  settled(): Promise<void>
}

interface Waiting {
  event: OwnEvent
  done(): void
}

/**
 * Publishes what jobs do. Events that the log does not accept are tried again, in their order; meanwhile new output of a
 * job is collected, with its middle left out, so that no job can fill the log or the memory.
 */
export class JobEvents {
  readonly #runtime: Runtime
  readonly #publish: (event: OwnEvent) => boolean
  readonly #settled: () => Promise<void>
  readonly #outputLimit: () => number
  readonly #fresh = new Map<string, Fresh>()
  readonly #waiting: Waiting[] = []
  #closed = false

  /** `outputLimit` returns the characters of output in one event. */
  constructor({ runtime, publish, settled }: EventLogOfJobs, outputLimit: () => number) {
    this.#runtime = runtime
    this.#publish = publish
    this.#settled = settled
    this.#outputLimit = outputLimit
  }

  /** Number of events that the log has not accepted yet. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** The job waits, begins or has finished. Resolves when the event is stored, and never if it cannot be. */
  changed(job: Job): Promise<void> {
    const text = this.#forget(job.run)
    // Readers that put the output together from its parts, as the documentation of SysAdm says, miss nothing.
    if (text !== '') this.#sendOutput(whileRunning(job), text, true)
    return this.#send(job, jobEvent(job))
  }

  /**
   * The job has finished. Its event is on the disk before `record` is called, so that a crash between them repeats the
   * event and loses nothing; what cannot be recorded is finished again at the next start.
   */
  async ended(job: Job, record: () => Promise<unknown>): Promise<void> {
    await this.changed(job)
    await this.#settled()
      .then(record)
      .catch(() => undefined)
  }

  /** There is new output of the current command. `flushed` is called when it has been published. */
  output(run: string, text: string, current: () => Job, flushed: (job: Job) => void): void {
    const fresh = this.#fresh.get(run)
    if (fresh !== undefined) {
      fresh.text.append(text)
      return
    }
    const flush = () => {
      if (this.#waiting.length > 0) {
        const waits = this.#fresh.get(run)
        if (waits !== undefined) waits.cancel = this.#runtime.after(PAUSE, flush)
        return
      }
      const job = current()
      this.#sendOutput(whileRunning(job), this.#forget(run))
      flushed(job)
    }
    const first = { text: new BoundedText(this.#outputLimit()), cancel: this.#runtime.after(PAUSE, flush) }
    first.text.append(text)
    this.#fresh.set(run, first)
  }

  /**
   * The last command that has begun has ended, and another one follows. Its new output comes first: all of it has no
   * middle if it is long.
   */
  commandEnded(job: Job): void {
    const text = this.#forget(job.run)
    if (text !== '') this.#sendOutput(whileRunning(job), text)
    this.#sendOutput(job, '')
  }

  #sendOutput(job: Job, text: string, isLast = false): void {
    const command = job.commands[job.results.length - 1]
    void this.#send(job, jobEvent(job, { command, text, isLast }))
  }

  close(): void {
    this.#closed = true
    for (const run of [...this.#fresh.keys()]) this.#forget(run)
  }

  #forget(run: string): string {
    const fresh = this.#fresh.get(run)
    this.#fresh.delete(run)
    fresh?.cancel()
    return fresh?.text.text ?? ''
  }

  #send({ id, by }: Job, data: object): Promise<void> {
    const event: OwnEvent = { tag: jobTag(id), data, attributes: { [OWNER]: by } }
    if (this.#waiting.length === 0 && this.#publish(event)) return Promise.resolve()
    return new Promise((done) => {
      this.#waiting.push({ event, done })
      if (this.#waiting.length === 1) this.#retryLater()
    })
  }

  #retryLater(): void {
    this.#runtime.after(PAUSE, () => {
      if (this.#closed) return
      while (this.#waiting.length > 0 && this.#publish(this.#waiting[0].event)) this.#waiting.shift()?.done()
      if (this.#waiting.length > 0) this.#retryLater()
    })
  }
}

/** The job as it was before its last command ended. */
function whileRunning(job: Job): Job {
  const last = job.results.at(-1)
  const results = last === undefined ? [] : [...job.results.slice(0, -1), { output: last.output }]
  return { ...job, state: 'running', finished: undefined, results }
}
