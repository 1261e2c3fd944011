import { Worker } from 'node:worker_threads'
import { TocsinError } from '../../../errors/tocsin-error.js'
import type { Cancel, Runtime } from '../../../event/runtime.js'
import { processorTimesOf } from '../../../processes/processor-times.js'
import { type Done, type FromThread, READY, type Task, type TaskEvent, type ThreadData } from './messages.js'
import { threadFile } from './thread-file.js'

/** An event may take this much time of a processor, ms. */
const DEADLINE_MS = 1000
/** A thread that waits for a processor, or for something else, may take this long for an event, ms. */
const LONGEST_MS = 20_000
/** The kernel counts the time on a processor at its ticks, ms. */
const TICK_MS = 10
/** The thread may take this long to start, ms: a busy machine has little time for it. */
const START_MS = 120_000
/** After this many events that took too long, an expression is refused. */
const MAX_OVERRUNS = 3
/** A task is small, so that expressions take turns; and smaller if it takes longer than this, ms. */
const TASK_EVENTS = 64
const TASK_MS = 50
const FIRST_TASK_EVENTS = 8
const TASK_BYTES = 256 * 1024
/** The library keeps every expression it has seen, so the thread is replaced after this many. */
const MAX_EXPRESSIONS = 500
const LIMITS = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16 }

/**
 * Evaluates XPath expressions in a thread of its own, which is started when the first one needs it. Expressions take
 * turns. When an event takes too long, the thread is replaced, and the event does not match; the third time, the
 * expression is refused. Time in which the thread waits for a processor does not count, up to a limit.
 */
export class XPathEngine implements AsyncDisposable {
  readonly #runtime: Runtime
  readonly #entry: URL
  readonly #waiting: XPathEvaluation[] = []
  #thread: Thread | undefined
  #running: Running | undefined
  #cancelCheck: Cancel | undefined
  #closed = false

  constructor(runtime: Runtime, entry = threadFile) {
    this.#runtime = runtime
    this.#entry = entry
  }

  /** Evaluates an expression that is known to be valid. */
  evaluation(expression: string): XPathEvaluation {
    return new XPathEvaluation(expression, (evaluation) => this.#wake(evaluation))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    const closed = new TocsinError('TCN_BUS_CLOSED')
    this.#running?.evaluation.fail(closed)
    for (const evaluation of this.#waiting.splice(0)) evaluation.fail(closed)
    await this.#stopThread()
  }

  #wake(evaluation: XPathEvaluation): void {
    if (this.#closed) evaluation.fail(new TocsinError('TCN_BUS_CLOSED'))
    else this.#waiting.push(evaluation)
    if (this.#running === undefined) this.#next()
  }

  #next(): void {
    this.#running = undefined
    const evaluation = this.#waiting.shift()
    if (evaluation === undefined) return
    this.#thread ??= this.#startThread()
    this.#running = { evaluation, seen: 0, began: this.#runtime.monotonic() }
    this.#thread.evaluate(evaluation.take())
    if (this.#thread.isReady) this.#watch()
    else
      this.#cancelCheck = this.#runtime.after(START_MS, () =>
        this.#died(`it does not start within ${START_MS / 1000} s`),
      )
  }

  #startThread(): Thread {
    return new Thread(this.#entry, {
      ready: () => this.#watch(),
      done: (done) => this.#done(done),
      died: (reason) => this.#died(reason),
    })
  }

  async #stopThread(): Promise<void> {
    this.#cancelCheck?.()
    const thread = this.#thread
    this.#thread = undefined
    this.#running = undefined
    await thread?.stop()
  }

  #done({ matches }: Done): void {
    this.#cancelCheck?.()
    const [running, thread] = [this.#running, this.#thread]
    if (running === undefined || thread === undefined) return
    const { evaluation, began } = running
    evaluation.settle(matches, this.#runtime.monotonic() - began)
    if (evaluation.hasMore) this.#waiting.push(evaluation)
    if (thread.expressions >= MAX_EXPRESSIONS) void this.#stopThread()
    this.#next()
  }

  /** Looks from time to time whether the thread gets on. */
  #watch(): void {
    const thread = this.#thread
    if (thread === undefined) return
    const looked = this.#runtime.monotonic()
    const ran = thread.ran
    this.#check(DEADLINE_MS, () => {
      const waited = this.#runtime.monotonic() - looked
      const took = ran === undefined || waited >= LONGEST_MS ? waited : (thread.ran ?? waited) - ran
      return DEADLINE_MS - took
    })
  }

  /** Ends the thread if after `delay` ms it is still at the same event, and has no time left for it. */
  #check(delay: number, timeLeft: () => number): void {
    this.#cancelCheck?.()
    this.#cancelCheck = this.#runtime.after(delay, () => {
      const [running, progress] = [this.#running, this.#thread?.progress]
      if (running === undefined || progress === undefined) return
      if (progress === running.seen) {
        const left = timeLeft()
        return left < TICK_MS ? this.#overrun() : this.#check(left, timeLeft)
      }
      running.seen = progress
      this.#watch()
    })
  }

  #died(reason: string): void {
    if (this.#thread?.isReady) this.#overrun()
    else {
      const evaluation = this.#running?.evaluation
      void this.#stopThread()
      evaluation?.fail(new TocsinError('TCN_FILTER_NO_THREAD', `the thread for XPath has failed: ${reason}`))
      this.#next()
    }
  }

  /** The thread is stuck, or has no memory left. The events of the task that are not to blame are tested again. */
  #overrun(): void {
    const evaluation = this.#running?.evaluation
    const index = this.#thread?.progress
    void this.#stopThread()
    if (index !== undefined) evaluation?.countOverrun(index)
    if (evaluation?.hasMore) this.#waiting.push(evaluation)
    this.#next()
  }
}

interface Running {
  readonly evaluation: XPathEvaluation
  /** The progress at the last look. */
  seen: number
  /** ms (monotonic) */
  readonly began: number
}

interface Asked {
  readonly event: TaskEvent
  readonly settle: (matches: boolean) => void
  readonly fail: (error: TocsinError) => void
}

/** One expression, and the events that wait for it. */
export class XPathEvaluation {
  readonly #expression: string
  readonly #wake: (evaluation: XPathEvaluation) => void
  #asked: Asked[] = []
  #taken: Asked[] = []
  #overruns = 0
  #taskEvents = FIRST_TASK_EVENTS
  #error: TocsinError | undefined

  constructor(expression: string, wake: (evaluation: XPathEvaluation) => void) {
    this.#expression = expression
    this.#wake = wake
  }

  /** The number of events that have taken too long. */
  get overruns(): number {
    return this.#overruns
  }

  get hasMore(): boolean {
    return this.#asked.length > 0
  }

  /** Returns whether the event matches. Rejects with TCN_FILTER_TOO_COMPLEX when the expression is refused. */
  matches(event: TaskEvent): Promise<boolean> {
    return new Promise((settle, fail) => {
      if (this.#error !== undefined) return fail(this.#error)
      this.#asked.push({ event, settle, fail })
      if (this.#asked.length === 1 && this.#taken.length === 0) this.#wake(this)
    })
  }

  /** The next task. */
  take(): Task {
    let bytes = 0
    let count = 0
    while (count < Math.min(this.#asked.length, this.#taskEvents) && bytes < TASK_BYTES)
      bytes += this.#asked[count++].event.body.length
    this.#taken = this.#asked.splice(0, count)
    const events = this.#taken.map(({ event }) => event)
    return { expression: this.#expression, events }
  }

  /** The results of the events taken, and how long they took, ms. */
  settle(matches: readonly boolean[], took: number): void {
    const events = took > TASK_MS ? Math.floor(this.#taskEvents / 2) : this.#taskEvents * 2
    this.#taskEvents = Math.min(Math.max(1, events), TASK_EVENTS)
    for (const [index, { settle }] of this.#taken.splice(0).entries()) settle(matches[index])
  }

  /** The event at `index` of those taken took too long. The others wait again. */
  countOverrun(index: number): void {
    const [culprit] = this.#taken.splice(index, 1)
    this.#asked.unshift(...this.#taken.splice(0))
    culprit?.settle(false)
    if (++this.#overruns < MAX_OVERRUNS) return
    const message = `the XPath took more than ${DEADLINE_MS} ms for ${MAX_OVERRUNS} events`
    this.fail(new TocsinError('TCN_FILTER_TOO_COMPLEX', message))
  }

  fail(error: TocsinError): void {
    this.#error ??= error
    for (const { fail } of [...this.#taken.splice(0), ...this.#asked.splice(0)]) fail(error)
  }
}

interface ThreadEvents {
  ready(): void
  done(done: Done): void
  /** It ended by itself. */
  died(reason: string): void
}

class Thread {
  isReady = false
  readonly #worker: Worker
  readonly #progress = new Int32Array(new SharedArrayBuffer(4))
  readonly #number = new Int32Array(new SharedArrayBuffer(4))
  readonly #expressions = new Set<string>()

  constructor(entry: URL, events: ThreadEvents) {
    const workerData: ThreadData = { progress: this.#progress, number: this.#number }
    this.#worker = new Worker(entry, { workerData, resourceLimits: LIMITS })
    this.#worker.unref()
    this.#worker.on('message', (message: FromThread) => {
      if (message !== READY) return events.done(message)
      this.isReady = true
      events.ready()
    })
    this.#worker.on('error', (error) => events.died(error.message))
  }

  /** The number of events of the task that are done. */
  get progress(): number {
    return Atomics.load(this.#progress, 0)
  }

  /** The time it was on a processor, ms; undefined where the system does not say. */
  get ran(): number | undefined {
    return processorTimesOf(Atomics.load(this.#number, 0))?.ran
  }

  get expressions(): number {
    return this.#expressions.size
  }

  evaluate(task: Task): void {
    this.#expressions.add(task.expression)
    Atomics.store(this.#progress, 0, 0)
    this.#worker.postMessage(task)
  }

  async stop(): Promise<void> {
    this.#worker.removeAllListeners()
    this.#worker.on('error', () => {})
    await this.#worker.terminate()
  }
}
