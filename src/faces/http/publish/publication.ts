import type { Principal } from '../../../bus/principal.js'
import { RequestPublisher } from '../../../bus/request-publisher.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { type Attributes, FrameWriter } from '../../../event/index.js'
import type { HttpContext } from '../context.js'
import { type EventRules, writeEvent, writeLine } from './event-input.js'
import type { RepeatableRequest } from './idempotency.js'
import { MAX_REFUSALS, type Outcome, type RefusedItem, refusedItem } from './outcome.js'
import { PlainLine } from './plain-line.js'

export type AckLevel = 'accepted' | 'durable'

export interface PublicationOptions {
  principal: Principal
  trace: Attributes | undefined
  ack: AckLevel
  repeatable: RepeatableRequest | undefined
  /** Called for each refusal that is listed. */
  refused?(item: RefusedItem): void
}

/**
 * The events of one request on their way into the log. Events are numbered from 1, including refused ones, so that each
 * has its own counter.
 */
export class Publication {
  readonly #context: HttpContext
  readonly #options: PublicationOptions
  readonly #rules: EventRules
  readonly #writer: FrameWriter
  #line: PlainLine | undefined
  readonly #publisher: RequestPublisher
  readonly #refused: RefusedItem[] = []
  #unlisted = 0

  /** Throws TCN_LOG_NOT_DURABLE when the log cannot give the requested acknowledgement. */
  constructor(context: HttpContext, options: PublicationOptions) {
    const { bus, runtime, types } = context
    const { principal, trace, ack, repeatable } = options
    if (ack === 'durable' && !bus.durable) throw new TocsinError('TCN_LOG_NOT_DURABLE')
    this.#context = context
    this.#options = options
    this.#rules = { typeOf: types.typeOf, trace }
    this.#writer = new FrameWriter({ source: principal.source, maxFrame: bus.largestFrame })
    this.#publisher = new RequestPublisher({
      bus,
      runtime,
      principal,
      producer: repeatable?.producer,
      refused: (counter, error) => this.#refuse(counter, error),
    })
  }

  /** The number of the next event. */
  get number(): number {
    return this.#writer.nextCounter
  }

  /** Bytes of the events added, but not sent. */
  get pendingBytes(): number {
    return this.#writer.pendingBytes
  }

  /** Aborted with the reason when nothing more can be published. */
  get signal(): AbortSignal {
    return this.#publisher.signal
  }

  add(value: unknown): void {
    const { number } = this
    try {
      writeEvent(this.#writer, value, this.#rules)
    } catch (error) {
      this.#refuse(number, TocsinError.is(error) ? error : new TocsinError('TCN_INTERNAL'))
    }
  }

  /**
   * Returns the offset of the end of the line, or -1 if it is not a valid plain event in the usual form of JSON:
   * `add` reports the reason.
   */
  addLine(json: Uint8Array, start: number, limit: number): number {
    if (this.#rules.trace !== undefined) return -1
    this.#line ??= new PlainLine()
    return writeLine(this.#writer, this.#line, json, start, limit)
  }

  /** Refuses an event that could not be parsed. */
  addFaulty(error: TocsinError): void {
    this.#refuse(this.number, error)
    this.#writer.skip()
  }

  /** Skips a number, for a blank line. */
  pass(): void {
    this.#writer.skip()
  }

  /** Throws when the hub accepts no more events. */
  async send(): Promise<void> {
    await this.#publisher.send(this.#writer)
    // The log has copied the frames.
    this.#writer.reuse()
  }

  /** Waits for the requested acknowledgement, or a stronger one. */
  async settle(): Promise<void> {
    await this.#publisher.accepted()
    if (this.#isDurable) await this.#publisher.durable()
  }

  /** The stored answer of a repeatable request must not outlive its events, so these must be durable. */
  get #isDurable(): boolean {
    const { ack, repeatable } = this.#options
    return ack === 'durable' || (repeatable !== undefined && this.#context.bus.durable)
  }

  outcome(): Outcome {
    return {
      count: this.number - 1,
      accepted: this.#publisher.acceptedCount,
      runs: this.#publisher.ranges,
      refused: this.#refused,
      unlisted: this.#unlisted,
      durable: this.#isDurable,
    }
  }

  close(): void {
    this.#publisher.close()
  }

  #refuse(number: number, error: TocsinError): void {
    if (this.#refused.length >= MAX_REFUSALS) {
      this.#unlisted++
      return
    }
    const item = refusedItem(number, error)
    this.#refused.push(item)
    this.#options.refused?.(item)
  }
}
