import { TocsinError } from '../errors/tocsin-error.js'
import type { ControlRecord } from '../protocols/native/codec.js'
import type { Hello } from '../protocols/native/protocol.js'
import type { AckLevel, Client, OutgoingEvent, Published, PublishedBatch, PublishOptions } from './api.js'
import type { AckWaiter } from './publish/acknowledgements.js'
import { publishBatch } from './publish/publish-batch.js'
import { publishEvent } from './publish/publish-event.js'
import { Publisher } from './publish/publisher.js'
import { HubReader, type ReaderSetup } from './reader.js'
import { suspended } from './subscribe/statuses.js'
import type { DisconnectReason } from './transport/disconnect-reason.js'
import type { Link } from './transport/link.js'

export interface ClientSetup extends ReaderSetup {
  window: number
  ack: AckLevel
  source?: string
}

/** A reader whose connection for requests publishes too. */
export class HubClient extends HubReader implements Client {
  readonly #setup: ClientSetup
  #publisher: Publisher | undefined

  constructor(setup: ClientSetup) {
    super(setup)
    this.#setup = setup
  }

  publish(tag: string, data: unknown, options: PublishOptions = {}): Promise<Published> {
    if (this.failure !== undefined) return Promise.reject(this.failure)
    const ack = options.ack ?? this.#setup.ack
    if (ack === 'durable' && !this.welcome.durable)
      return Promise.reject(new TocsinError('TCN_LOG_NOT_DURABLE'))
    return publishEvent(this.#requirePublisher(), tag, data, options, ack)
  }

  async publishBatch(
    events: Iterable<OutgoingEvent> | AsyncIterable<OutgoingEvent>,
    options: PublishOptions = {},
  ): Promise<PublishedBatch> {
    const ack = options.ack ?? this.#setup.ack
    this.#checkDurable(ack)
    return await publishBatch(this.#requirePublisher(), events, options, ack)
  }

  push(tag: string, data: unknown): boolean {
    return this.#requirePublisher().push(tag, data)
  }

  ready(): Promise<void> {
    return new Promise((enter, fail) => this.#requirePublisher().whenWindowOpen({ enter, fail }))
  }

  async drain(options: { ack?: AckLevel } = {}): Promise<void> {
    const publisher = this.#requirePublisher()
    const ack = options.ack ?? this.#setup.ack
    this.#checkDurable(ack)
    if (ack === 'durable') publisher.requestDurable()
    else publisher.flush()
    await new Promise<AckWaiter>((resolve, reject) => {
      publisher.wait({ counter: publisher.last, ack, isEvent: false, resolve, reject })
    })
    const problem = publisher.takeUnreportedError()
    if (problem !== undefined) throw problem
  }

  /** Drains if there is a connection, so that it throws what `drain()` throws, and closes in any case. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (this.supervised.link !== undefined) await this.drain()
    } finally {
      await this.close()
    }
  }

  // ---- from the connection

  override onLinked(link: Link): void {
    try {
      this.#publishOver(link)
    } catch (error) {
      this.fail(error as TocsinError)
      return
    }
    super.onLinked(link)
  }

  override onRecord(record: ControlRecord): void {
    if (this.#publisher?.record(record) !== true) super.onRecord(record)
  }

  override onRetrying(reason: DisconnectReason, delay: number): void {
    this.#publisher?.unlinked(reason)
    super.onRetrying(reason, delay)
  }

  // ---- private

  #publishOver(link: Link): void {
    if (this.#publisher !== undefined) {
      this.#publisher.linked(link)
      return
    }
    const { window, ack, source } = this.#setup
    this.#publisher = new Publisher(link, { window, ack, source, onStalled: () => this.report(suspended) })
  }

  /** A program that has published nothing yet asks for no answers. */
  protected override hello(): Omit<Hello, 'version'> {
    return { ...super.hello(), knows: this.#publisher?.settled ?? Number.MAX_SAFE_INTEGER }
  }

  protected override disconnect(error: TocsinError): void {
    if (this.supervised.link !== undefined) this.#publisher?.flush()
    super.disconnect(error)
    this.#publisher?.fail(error)
  }

  #requirePublisher(): Publisher {
    if (this.failure !== undefined) throw this.failure
    return this.#publisher as Publisher
  }

  #checkDurable(ack: AckLevel): void {
    if (ack === 'durable' && !this.welcome.durable) throw new TocsinError('TCN_LOG_NOT_DURABLE')
  }
}
