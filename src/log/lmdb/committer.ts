import { TocsinError } from '../../errors/tocsin-error.js'
import type { Cancel, Runtime } from '../../event/runtime.js'
import { type ChunkQueue, type ChunkWrite, COMMIT_BYTES } from './chunk-queue.js'
import { toLogFault, withoutFolder } from './log-fault.js'

const FIRST_RETRY_MS = 100
const MAX_RETRY_MS = 5000

interface Waiter {
  seq: number
  resolve: () => void
  reject: (error: TocsinError) => void
}

export interface CommitterOptions {
  runtime: Runtime
  queue: ChunkQueue
  /** Longest time between an append and its commit if no `durable` call waits for it, ms. */
  pause: number
  /** Stores the writes, which are flushed when it resolves. The list may be empty. */
  store: (writes: readonly ChunkWrite[]) => Promise<void>
  /** The last seq that is already flushed. */
  flushed: number
  /** The data folder, which publishers must not learn from the reason of a refusal. */
  folder: string
}

/** Commits appended frames to the disk, one commit at a time, and retries by itself after a fault. */
export class Committer {
  readonly #options: CommitterOptions
  #waiters: Waiter[] = []
  #running: Promise<void> | undefined
  #cancel: Cancel | undefined
  #retryPause = FIRST_RETRY_MS
  #closed = false
  /** Last seq that is flushed. */
  flushed: number
  /** Duration of the last commit, µs. */
  flushMicros = 0
  /** Set while the disk accepts no writes. */
  fault: TocsinError | undefined

  constructor(options: CommitterOptions) {
    this.#options = options
    this.flushed = options.flushed
  }

  /** Schedules a commit after an append. */
  appended(): void {
    if (this.#running !== undefined || this.fault !== undefined) return
    if (this.#isUrgent) void this.#commitNow()
    else if (this.#cancel === undefined) this.#commitAfter(this.#options.pause)
  }

  durable(seq: number): Promise<void> {
    if (seq <= this.flushed) return Promise.resolve()
    if (this.fault !== undefined) return Promise.reject(this.fault)
    if (this.#closed) return Promise.reject(new TocsinError('TCN_LOG_CLOSED'))
    const waiting = new Promise<void>((resolve, reject) => this.#waiters.push({ seq, resolve, reject }))
    void this.#commitNow()
    return waiting
  }

  /** Records a fault, rejects the waiting `durable` calls, and retries after a pause. */
  failed(thrown: unknown): void {
    this.fault = withoutFolder(toLogFault(thrown), this.#options.folder)
    for (const { reject } of this.#waiters.splice(0)) reject(this.fault)
    this.#commitAfter(this.#retryPause)
    this.#retryPause = Math.min(this.#retryPause * 2, MAX_RETRY_MS)
  }

  /** There may be room now: a commit that has failed is tried again at once. */
  async tryAgain(): Promise<void> {
    if (this.fault !== undefined && !this.#closed) await this.#commitNow()
  }

  /** Commits everything that waits, for the last time. Rejects with the fault if that fails. */
  async close(): Promise<void> {
    this.#closed = true
    while (this.#running !== undefined) await this.#running
    do await this.#commitNow()
    while (this.#options.queue.bytes > 0 && this.fault === undefined)
    this.#cancel?.()
    if (this.fault !== undefined && this.#options.queue.bytes > 0) throw this.fault
  }

  /** True if a `durable` call waits, or the queue is large enough for a commit. */
  get #isUrgent(): boolean {
    return this.#waiters.length > 0 || this.#options.queue.bytes >= COMMIT_BYTES
  }

  #commitAfter(ms: number): void {
    this.#cancel?.()
    this.#cancel = this.#closed ? undefined : this.#options.runtime.after(ms, () => void this.#commitNow())
  }

  #commitNow(): Promise<void> {
    if (this.#running !== undefined) return this.#running
    this.#cancel?.()
    this.#cancel = undefined
    this.#running = this.#commit().then(() => {
      this.#running = undefined
      this.#continue()
    })
    return this.#running
  }

  #continue(): void {
    if (this.fault !== undefined || this.#closed || this.#options.queue.bytes === 0) return
    if (this.#isUrgent) void this.#commitNow()
    else this.#commitAfter(this.#options.pause)
  }

  async #commit(): Promise<void> {
    const { runtime, queue, store } = this.#options
    const start = runtime.monotonic()
    const writes = queue.take()
    try {
      await store(writes)
    } catch (thrown) {
      this.failed(thrown)
      return
    }
    this.flushMicros = Math.round((runtime.monotonic() - start) * 1000)
    this.fault = undefined
    this.#retryPause = FIRST_RETRY_MS
    this.#flushed(writes)
  }

  #flushed(writes: readonly ChunkWrite[]): void {
    this.#options.queue.stored(writes)
    this.flushed = writes.at(-1)?.lastSeq ?? this.flushed
    const waiters = this.#waiters
    this.#waiters = []
    for (const waiter of waiters) {
      if (waiter.seq <= this.flushed) waiter.resolve()
      else this.#waiters.push(waiter)
    }
  }
}
