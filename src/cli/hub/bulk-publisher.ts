import type { AckLevel, Client, OutgoingEvent } from '../../client/api.js'
import type { ErrorCode } from '../../errors/tocsin-error.js'
import { Exit, exitOf } from '../help/exit-codes.js'
import { Ending, type Io } from '../io.js'
import { formatCount, plural } from '../terminal/figures.js'
import { Progress } from '../terminal/progress.js'

const MAX_NOTES = 20

export interface LocatedEvent {
  event: OutgoingEvent
  /** Where it is in the input, for people: `line 17`. */
  location: string
}

/** Publishes many events in order, and reports the ones that the hub refuses. */
export class BulkPublisher {
  accepted = 0
  refused = 0
  cursor: string | undefined
  readonly #io: Io
  readonly #client: Client
  readonly #ack: AckLevel
  readonly #progress: Progress
  #sending: Promise<void> | undefined
  #failure: { error: unknown } | undefined
  #exit: number = Exit.refused

  constructor(io: Io, client: Client, ack: AckLevel) {
    this.#io = io
    this.#client = client
    this.#ack = ack
    this.#progress = new Progress(io, () => `${plural(this.accepted, 'event')} published`)
  }

  /** Publishes all events. If the input is invalid, the events before that point are published and reported. */
  async run(batches: AsyncIterable<readonly LocatedEvent[]>): Promise<void> {
    try {
      for await (const batch of batches) await this.#next(batch)
      await this.#settle()
    } catch (error) {
      await this.#settle().catch(() => {})
      if (this.accepted > 0) this.#io.note(`${plural(this.accepted, 'event')} before this published`)
      throw error
    } finally {
      this.#progress.end()
    }
    if (this.refused === 0) return
    const all = formatCount(this.refused + this.accepted)
    throw new Ending(this.#exit, `${formatCount(this.refused)} of ${all} events were refused`)
  }

  /** One batch is in flight while the next one is read; more would not stay in order. */
  async #next(batch: readonly LocatedEvent[]): Promise<void> {
    await this.#settle()
    this.#sending = this.#send(batch).catch((error: unknown) => {
      this.#failure ??= { error }
    })
  }

  async #settle(): Promise<void> {
    await this.#sending
    if (this.#failure) throw this.#failure.error
  }

  async #send(batch: readonly LocatedEvent[]): Promise<void> {
    const events = batch.map(({ event }) => event)
    const result = await this.#client.publishBatch(events, { ack: this.#ack, signal: this.#io.signal })
    this.accepted += result.count
    this.refused += result.refused.length
    this.cursor = result.cursor ?? this.cursor
    for (const { index, code, message } of result.refused)
      this.#noteRefused(batch[index].location, code, message)
    this.#progress.tick()
  }

  #noteRefused(place: string, code: string, message: string): void {
    this.#progress.end()
    this.#exit = exitOf(code as ErrorCode)
    if (this.refused <= MAX_NOTES) this.#io.note(`${place}: ${message} (${code})`)
    else if (this.refused === MAX_NOTES + 1) this.#io.note('more events are refused and not shown one by one')
  }
}
