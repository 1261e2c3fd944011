import { type TocsinError, toTocsinError } from '../event/errors.js'
import type { WriteOptions } from '../event/frame-writer.js'
import type { AckLevel, OutgoingEvent, PublishedBatch, PublishOptions } from './api.js'
import type { Publisher } from './publisher.js'
import type { Waiter } from './waiters.js'

/** Counters [first, last] are the events from `index` on. */
interface Stretch {
  first: number
  last: number
  index: number
}

/** Writes all events as the window allows, and waits for the last one. */
export async function publishBatch(
  publisher: Publisher,
  events: Iterable<OutgoingEvent> | AsyncIterable<OutgoingEvent>,
  options: PublishOptions,
  ack: AckLevel,
): Promise<PublishedBatch> {
  const batch = new Batch(publisher, options, ack)
  publisher.refusals.add(batch.onRefused)
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
    publisher.refusals.delete(batch.onRefused)
  }
}

class Batch {
  readonly #publisher: Publisher
  readonly #options: PublishOptions
  readonly #ack: AckLevel
  readonly #stretches: Stretch[] = []
  readonly #refused: PublishedBatch['refused'] = []
  #count = 0
  #last = 0

  constructor(publisher: Publisher, options: PublishOptions, ack: AckLevel) {
    this.#publisher = publisher
    this.#options = options
    this.#ack = ack
  }

  /** A promise when it had to wait for room. */
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
      this.#publisher.whenRoom({ enter, fail: reject }, this.#options.signal)
    })
  }

  async finish(): Promise<PublishedBatch> {
    this.#publisher.flush()
    const { cursor } = await new Promise<Waiter>((resolve, reject) => {
      this.#publisher.wait({ counter: this.#last, ack: this.#ack, isEvent: false, resolve, reject })
    })
    this.#refused.sort((a, b) => a.index - b.index)
    return { count: this.#count - this.#refused.length, cursor, refused: this.#refused }
  }

  onRefused = (counter: number, error: TocsinError): boolean => {
    const stretch = this.#stretches.find(({ first, last }) => counter >= first && counter <= last)
    if (stretch === undefined) return false
    this.#refuse(stretch.index + counter - stretch.first, error)
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
      if (this.#publisher.isOver) throw error
      this.#refuse(index, toTocsinError(error, 'TCN_BODY_INVALID'))
      return
    }
    const stretch = this.#stretches.at(-1)
    const goesOn = stretch !== undefined && counter === stretch.last + 1
    // An event that was refused here has no counter.
    if (goesOn && index === stretch.index + counter - stretch.first) stretch.last = counter
    else this.#stretches.push({ first: counter, last: counter, index })
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
