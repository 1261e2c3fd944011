import { Event } from '../event/event.js'
import { frameBytes } from '../event/frame.js'
import type { Status } from './api.js'
import { Run } from './run.js'

/** What an iteration takes from, and tells how far it got. */
export interface ItemSource {
  /** Undefined at the end. */
  next(): Promise<Run | Status | undefined>
  take(): Run | Status | undefined
  /** What comes next is read from this. */
  seen(item: Run | Status): void
  seenEvent(event: Event): void
  seenWhole(run: Run): void
  close(): Promise<void>
}

const done = { done: true, value: undefined } as const

/** One promise at a time is waited for; calls of `next` that come meanwhile queue up behind it. */
abstract class Iteration<T> implements AsyncIterableIterator<T> {
  protected readonly source: ItemSource
  #waiting: Promise<unknown> | undefined

  constructor(source: ItemSource) {
    this.source = source
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#waiting !== undefined) return this.#afterwards()
    const value = this.ready()
    if (value !== undefined) return Promise.resolve({ done: false, value })
    return this.#wait()
  }

  async return(): Promise<IteratorResult<T>> {
    await this.source.close()
    return done
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** The next value, if it is there without waiting. */
  protected abstract ready(): T | undefined
  /** Takes up what was waited for. */
  protected abstract accept(item: Run | Status): void

  #wait(): Promise<IteratorResult<T>> {
    const waiting = this.#take()
    this.#waiting = waiting
    const over = (): void => {
      if (this.#waiting === waiting) this.#waiting = undefined
    }
    waiting.then(over, over)
    return waiting
  }

  async #take(): Promise<IteratorResult<T>> {
    for (;;) {
      const item = await this.source.next()
      if (item === undefined) return done
      this.accept(item)
      const value = this.ready()
      if (value !== undefined) return { done: false, value }
    }
  }

  async #afterwards(): Promise<IteratorResult<T>> {
    await this.#waiting?.catch(() => {})
    return this.next()
  }
}

/** Events one by one, with or without the status records between them. */
export class ItemIteration<T extends Event | Status> extends Iteration<T> {
  readonly #withStatus: boolean
  #chunk: Uint8Array = new Uint8Array(0)
  #at = 0
  #end = 0
  #status: Status | undefined

  constructor(source: ItemSource, withStatus: boolean) {
    super(source)
    this.#withStatus = withStatus
  }

  protected ready(): T | undefined {
    for (;;) {
      const at = this.#at
      if (at < this.#end) {
        this.#at = at + frameBytes(this.#chunk, at)
        const event = new Event(this.#chunk, at)
        this.source.seenEvent(event)
        return event as T
      }
      if (this.#status !== undefined) {
        const status = this.#status
        this.#status = undefined
        return status as T
      }
      const item = this.source.take()
      if (item === undefined) return undefined
      this.accept(item)
    }
  }

  protected accept(item: Run | Status): void {
    this.source.seen(item)
    if (item instanceof Run) {
      this.#chunk = item.chunk
      this.#at = item.start
      this.#end = item.end
    } else if (this.#withStatus) {
      this.#status = item
    }
  }
}

/** Whole batches and status records as they came. */
export class BatchIteration extends Iteration<Run | Status> {
  #item: Run | Status | undefined

  protected ready(): Run | Status | undefined {
    const item = this.#item ?? this.source.take()
    this.#item = undefined
    if (item instanceof Run) this.source.seenWhole(item)
    else if (item !== undefined) this.source.seen(item)
    return item
  }

  protected accept(item: Run | Status): void {
    this.#item = item
  }
}
