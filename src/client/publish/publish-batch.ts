import { type TocsinError, toTocsinError } from '../../errors/tocsin-error.js'
import type { WriteOptions } from '../../event/frame-writer.js'
import type { AckLevel, OutgoingEvent, PublishedBatch, PublishOptions } from '../api.js'
import { abortError } from '../transport/disconnect-reason.js'
import type { AckWaiter } from './acknowledgements.js'
import type { Publisher } from './publisher.js'

/** The counters [first, last] belong to the events of the batch from `index` on. */
interface CounterRange {
  first: number
  last: number
  index: number
}

/** Writes all events as the window has room, and waits for the acknowledgement of the last one. */
export async function publishBatch(
  publisher: Publisher,
  events: Iterable<OutgoingEvent> | AsyncIterable<OutgoingEvent>,
  options: PublishOptions,
  ack: AckLevel,
): Promise<PublishedBatch> {
  const batch = new PendingBatch(publisher, options, ack)
  publisher.refusalHandlers.add(batch.onRefused)
  try {
    if (Symbol.asyncIterator in events) {
      for await (const event of events) await batch.write(event)
    } else {
      for (const event of events) {
        const waiting = batch.write(event)
        if (waiting !== undefined) await waiting
      }
    }
    return await batch.finish()
  } finally {
    publisher.refusalHandlers.delete(batch.onRefused)
  }
}

class PendingBatch {
  readonly #publisher: Publisher
  readonly #options: PublishOptions
  readonly #ack: AckLevel
  readonly #ranges: CounterRange[] = []
  readonly #refused: PublishedBatch['refused'] = []
  #count = 0
  #last = 0

  constructor(publisher: Publisher, options: PublishOptions, ack: AckLevel) {
    this.#publisher = publisher
    this.#options = options
    this.#ack = ack
  }

  /** Returns a promise if the event has to wait for the window. */
  write(event: OutgoingEvent): Promise<void> | undefined {
    if (!this.#publisher.isFull) {
      this.#write(event)
      return undefined
    }
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        try {
          this.#write(event)
          resolve()
        } catch (error) {
          reject(error)
        }
      }
      this.#publisher.whenWindowOpen({ enter, fail: reject }, this.#options.signal)
    })
  }

  async finish(): Promise<PublishedBatch> {
    this.#publisher.flush()
    const { cursor } = await this.#acknowledged()
    this.#refused.sort((a, b) => a.index - b.index)
    return { count: this.#count - this.#refused.length, cursor, refused: this.#refused }
  }

  /** The events are already sent: aborting ends only the waiting. */
  async #acknowledged(): Promise<AckWaiter> {
    const { signal } = this.#options
    let abort: (() => void) | undefined
    try {
      return await new Promise((resolve, reject) => {
        abort = () => reject(abortError(signal))
        if (signal?.aborted) abort()
        signal?.addEventListener('abort', abort, { once: true })
        this.#publisher.wait({ counter: this.#last, ack: this.#ack, isEvent: false, resolve, reject })
      })
    } finally {
      if (abort !== undefined) signal?.removeEventListener('abort', abort)
    }
  }

  onRefused = (counter: number, error: TocsinError): boolean => {
    const range = this.#ranges.find(({ first, last }) => counter >= first && counter <= last)
    if (range === undefined) return false
    this.#refuse(range.index + counter - range.first, error)
    return true
  }

  #write(event: OutgoingEvent): void {
    const index = this.#count++
    const { tag, data, body } = event
    let counter: number
    try {
      const options = this.#withDefaults(event)
      counter =
        body === undefined
          ? this.#publisher.write(tag, data, options, this.#ack)
          : this.#publisher.writeEncoded(tag, body, options, this.#ack)
    } catch (error) {
      if (this.#publisher.isClosed) throw error
      this.#refuse(index, toTocsinError(error, 'TCN_BODY_UNSUPPORTED'))
      return
    }
    const range = this.#ranges.at(-1)
    const follows = range !== undefined && counter === range.last + 1
    // Events that are not valid have an index but no counter, so that counters alone do not tell.
    if (follows && index === range.index + counter - range.first) range.last = counter
    else this.#ranges.push({ first: counter, last: counter, index })
    this.#last = counter
  }

  #withDefaults(event: OutgoingEvent): WriteOptions {
    const { source, attributes, kind } = this.#options
    if (source === undefined && attributes === undefined && kind === undefined) return event
    return {
      source: event.source ?? source,
      attributes: event.attributes ?? attributes,
      kind: event.kind ?? kind,
    }
  }

  #refuse(index: number, { code, message }: TocsinError): void {
    this.#refused.push({ index, code, message })
  }
}
