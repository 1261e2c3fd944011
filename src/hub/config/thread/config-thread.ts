import { Worker } from 'node:worker_threads'
import { atOnce } from '../../../config/commits/text-work.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import type { Cancel, Runtime } from '../../../event/runtime.js'
import { hubJsonSchema } from '../index.js'
import { hubTextWork } from './hub-text-work.js'
import {
  type Done,
  type FromThread,
  type HubTextWork,
  READY,
  type Task,
  type ThreadData,
} from './messages.js'
import { threadFile } from './thread-file.js'

/** A text of up to this number of characters is read within a few milliseconds. */
const SHORT = 4096
/** To make an edit, the text is read several times. */
const READS_AN_EDIT = 4
/** The thread may take this long for one task, ms. On a busy machine it may have to wait for a processor. */
const DEADLINE_MS = 60_000
/** The thread ends when nothing was asked for so long, ms: it needs much memory. */
const IDLE_MS = 10_000
/** No text of the longest length needs so much. */
const LIMITS = { maxOldGenerationSizeMb: 1024, maxYoungGenerationSizeMb: 32 }

interface Asked {
  readonly task: Task
  resolve(result: unknown): void
  reject(error: unknown): void
}

/**
 * Reads the texts of the configuration: short ones at once, and others in a thread of its own, which is started when one
 * needs it, one after the other.
 */
export class ConfigThread implements HubTextWork {
  readonly check: HubTextWork['check']
  readonly changes: HubTextWork['changes']
  readonly keyedChanges: HubTextWork['keyedChanges']
  readonly edited: HubTextWork['edited']
  readonly values: HubTextWork['values']
  readonly described: HubTextWork['described']
  readonly #runtime: Runtime
  readonly #data: ThreadData
  readonly #entry: URL
  readonly #here: HubTextWork
  readonly #asked: Asked[] = []
  #running: Asked | undefined
  #worker: Worker | undefined
  #isReady = false
  #cancel: Cancel = () => undefined

  constructor(runtime: Runtime, data: ThreadData, entry = threadFile) {
    this.#runtime = runtime
    this.#data = data
    this.#entry = entry
    this.#here = atOnce(hubTextWork(data))
    this.check = this.#function('check')
    this.changes = this.#function('changes')
    this.keyedChanges = this.#function('keyedChanges')
    this.edited = this.#function('edited')
    this.values = this.#function('values')
    this.described = this.#function('described')
  }

  /** Ends the thread. What it does for the hub is not needed any more. */
  close(): void {
    const closed = new TocsinError('TCN_BUS_CLOSED')
    for (const { reject } of this.#asked.splice(0)) reject(closed)
    this.#running?.reject(closed)
    this.#end()
  }

  #function<Name extends keyof HubTextWork>(name: Name): HubTextWork[Name] {
    const call = (...given: unknown[]) => {
      if (isShort(given)) return this.#atOnce({ name, given })
      return new Promise((resolve, reject) => {
        this.#asked.push({ task: { name, given }, resolve, reject })
        if (this.#running === undefined) this.#next()
      })
    }
    return call as HubTextWork[Name]
  }

  async #atOnce({ name, given }: Task): Promise<unknown> {
    await hubJsonSchema(this.#runtime)
    return (this.#here[name] as (...given: readonly unknown[]) => Promise<unknown>)(...given)
  }

  #next(): void {
    this.#cancel()
    this.#running = this.#asked.shift()
    if (this.#running === undefined) {
      this.#cancel = this.#runtime.after(IDLE_MS, () => this.#end())
      return
    }
    this.#worker ??= this.#start()
    this.#cancel = this.#runtime.after(DEADLINE_MS, () => this.#died('it takes too long'))
    this.#worker.postMessage(this.#running.task)
  }

  #start(): Worker {
    const worker = new Worker(this.#entry, { workerData: this.#data, resourceLimits: LIMITS })
    worker.unref()
    worker.on('message', (message: FromThread) => {
      if (message === READY) this.#isReady = true
      else this.#done(message)
    })
    worker.on('error', ({ message }) => this.#died(message))
    return worker
  }

  #done(done: Done): void {
    const running = this.#running
    if ('result' in done) running?.resolve(done.result)
    else
      running?.reject(new TocsinError(done.error.code, done.error.message, { details: done.error.details }))
    this.#next()
  }

  /**
   * If a thread does not start, its task is done in this thread: without it, the hub might not return to the configuration
   * that was in force.
   */
  #died(reason: string): void {
    const running = this.#running
    const hasStarted = this.#isReady
    this.#end()
    if (running !== undefined && !hasStarted) this.#atOnce(running.task).then(running.resolve, running.reject)
    else running?.reject(new TocsinError('TCN_CONFIG_SYNTAX', `the text cannot be read: ${reason}`))
    this.#next()
  }

  #end(): void {
    this.#cancel()
    const worker = this.#worker
    this.#worker = undefined
    this.#running = undefined
    this.#isReady = false
    worker?.removeAllListeners()
    worker?.on('error', () => {})
    void worker?.terminate()
  }
}

function isShort(given: readonly unknown[]): boolean {
  const edits = given.find(Array.isArray)?.length ?? 0
  return sizeOf(given, SHORT) * (1 + READS_AN_EDIT * edits) <= SHORT
}

/** The characters of all texts in a value, and one for everything else. Beyond `most`, the rest is not looked at. */
function sizeOf(value: unknown, most: number): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 1
  let size = 1
  for (const key in value) {
    size += key.length + sizeOf((value as Record<string, unknown>)[key], most - size)
    if (size > most) break
  }
  return size
}
