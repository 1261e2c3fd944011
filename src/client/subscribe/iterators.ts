import { frameBytes } from '../../event/frame.js'
import type { Status } from '../status.js'
import { ReceivedBatch } from './received-batch.js'
import { ReceivedEvent, type Reception } from './received-event.js'

/** Where an iteration takes its items from, and where it reports how far the program has read. */
export interface ItemSource {
  /** Waits for the next item; undefined at the end. */
  next(): Promise<ReceivedBatch | Status | undefined>
  /** The next item if there is one already. */
  take(): ReceivedBatch | Status | undefined
  /** The program begins to read this item, and has finished all earlier ones. */
  beginItem(item: ReceivedBatch | Status): void
  /** The program receives this event of the current batch. */
  noteEvent(event: ReceivedEvent): void
  /** The program receives this batch as a whole. */
  noteBatch(batch: ReceivedBatch): void
  close(): Promise<void>
}

/** Replaced before the first event. */
const UNUSED: Reception = { epoch: '', typeOf: () => '' }
const done = { done: true, value: undefined } as const

/** Waits for one item at a time: further calls of `next` queue up after the one that waits. */
abstract class Iteration<T> implements AsyncIterableIterator<T> {
  protected readonly source: ItemSource
  #waiting: Promise<unknown> | undefined

  constructor(source: ItemSource) {
    this.source = source
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#waiting !== undefined) return this.#nextAfterWaiting()
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

  /** The next value if there is one already. */
  protected abstract ready(): T | undefined
  /** Accepts the item that `next` has waited for. */
  protected abstract accept(item: ReceivedBatch | Status): void

  #wait(): Promise<IteratorResult<T>> {
    const waiting = this.#take()
    this.#waiting = waiting
    const settled = (): void => {
      if (this.#waiting === waiting) this.#waiting = undefined
    }
    waiting.then(settled, settled)
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

  async #nextAfterWaiting(): Promise<IteratorResult<T>> {
    await this.#waiting?.catch(() => {})
    return this.next()
  }
}

/** Yields events one by one, with or without the status records between them. */
export class ItemIteration<T extends ReceivedEvent | Status> extends Iteration<T> {
  readonly #withStatus: boolean
  #chunk: Uint8Array = new Uint8Array(0)
  #at = 0
  #end = 0
  #reception: Reception = UNUSED
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
        const event = new ReceivedEvent(this.#chunk, at, this.#reception)
        this.source.noteEvent(event)
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

  protected accept(item: ReceivedBatch | Status): void {
    this.source.beginItem(item)
    if (item instanceof ReceivedBatch) {
      this.#chunk = item.chunk
      this.#reception = item.reception
      this.#at = item.start
      this.#end = item.end
    } else if (this.#withStatus) {
      this.#status = item
    }
  }
}

/** Yields whole batches and status records as they were received. */
export class BatchIteration extends Iteration<ReceivedBatch | Status> {
  #item: ReceivedBatch | Status | undefined

  protected ready(): ReceivedBatch | Status | undefined {
    const item = this.#item ?? this.source.take()
    this.#item = undefined
    if (item instanceof ReceivedBatch) this.source.noteBatch(item)
    else if (item !== undefined) this.source.beginItem(item)
    return item
  }

  protected accept(item: ReceivedBatch | Status): void {
    this.#item = item
  }
}
