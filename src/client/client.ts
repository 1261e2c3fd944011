import { TocsinError } from '../errors/tocsin-error.js'
import type { ControlRecord } from '../protocols/native/codec.js'
import type { FilterInput, Hello, Welcome } from '../protocols/native/protocol.js'
import type {
  AckLevel,
  Client,
  ConnectionStatus,
  OutgoingEvent,
  Published,
  PublishedBatch,
  PublishOptions,
  RequestOptions,
  SubscribeOptions,
  Subscription,
} from './api.js'
import type { AckWaiter } from './publish/acknowledgements.js'
import { publishBatch } from './publish/publish-batch.js'
import { publishEvent } from './publish/publish-event.js'
import { Publisher } from './publish/publisher.js'
import { Requests } from './requests.js'
import { requestParts } from './streamed-reply.js'
import { inLocalZone } from './subscribe/local-positions.js'
import { connected, reconnecting, suspended } from './subscribe/statuses.js'
import { HubSubscription } from './subscribe/subscription.js'
import { abortError, type DisconnectReason, disconnectError } from './transport/disconnect-reason.js'
import type { Link } from './transport/link.js'
import { SupervisedLink, type SupervisedLinkUser } from './transport/supervised-link.js'
import type { Dial } from './transport/transport.js'

export interface ClientSetup {
  dial: Dial
  /** Sent by the connection that publishes. Subscriptions send the same without the producer. */
  hello: Omit<Hello, 'version'>
  reconnect: boolean
  window: number
  ack: AckLevel
  source?: string
  /** The type of an event that carries none, by its tag. */
  typeOf: (tag: string) => string
  signal?: AbortSignal
  onStatus?: (status: ConnectionStatus) => void
}

/** One connection for publishing and requests, and one more for each subscription. */
export class HubClient implements Client, SupervisedLinkUser {
  readonly #setup: ClientSetup
  readonly #supervised: SupervisedLink
  readonly #requests = new Requests()
  readonly #subscriptions = new Set<HubSubscription>()
  #publisher: Publisher | undefined
  #welcome: Welcome | undefined
  #failure: TocsinError | undefined

  constructor(setup: ClientSetup) {
    this.#setup = setup
    // A program that has published nothing yet asks for no answers.
    const knows = () => this.#publisher?.settled ?? Number.MAX_SAFE_INTEGER
    this.#supervised = new SupervisedLink(this, {
      ...setup,
      hello: () => ({ ...setup.hello, knows: knows() }),
    })
  }

  /** Rejects if no hub answers, or with the error with which the hub refuses. */
  async open(): Promise<this> {
    const { signal } = this.#setup
    if (signal?.aborted) throw abortError(signal)
    signal?.addEventListener('abort', this.#onAbort, { once: true })
    try {
      await this.#supervised.open()
    } catch (error) {
      signal?.removeEventListener('abort', this.#onAbort)
      throw this.#failure ?? error
    }
    return this
  }

  get welcome(): Welcome {
    return this.#welcome as Welcome
  }

  // ---- publishing

  publish(tag: string, data: unknown, options: PublishOptions = {}): Promise<Published> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
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

  // ---- subscriptions and requests

  subscribe(filter?: FilterInput, options: SubscribeOptions = {}): Subscription {
    if (this.#failure !== undefined) throw this.#failure
    const { dial, hello, reconnect, typeOf } = this.#setup
    const subscription = new HubSubscription({
      dial,
      hello: { ...hello, producer: undefined },
      reconnect,
      typeOf,
      filter,
      options: inLocalZone(options),
      onClosed: (closed) => this.#subscriptions.delete(closed),
    })
    this.#subscriptions.add(subscription)
    return subscription
  }

  read(filter?: FilterInput, options: SubscribeOptions = {}): Subscription {
    return this.subscribe(filter, { from: 'start', to: 'end', ...options })
  }

  async request<Result = unknown>(
    method: string,
    params?: Record<string, unknown>,
    options: RequestOptions = {},
  ): Promise<Result> {
    return (await this.#requests.request(method, params, options)) as Result
  }

  requestParts(
    method: string,
    params?: Record<string, unknown>,
    options: RequestOptions = {},
  ): AsyncIterable<unknown> {
    const { dial, hello } = this.#setup
    return requestParts(dial, { ...hello, producer: undefined }, { method, params }, options)
  }

  // ---- closing

  async close(): Promise<void> {
    this.#fail(new TocsinError('TCN_CLIENT_CLOSED'))
  }

  /** Drains if there is a connection, so that it throws what `drain()` throws, and closes in any case. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (this.#supervised.link !== undefined) await this.drain()
    } finally {
      await this.close()
    }
  }

  // ---- from the connection

  onLinked(link: Link): void {
    this.#welcome = link.welcome
    if (this.#publisher === undefined) {
      const { window, ack, source } = this.#setup
      this.#publisher = new Publisher(link, { window, ack, source, onStalled: () => this.#report(suspended) })
    } else {
      try {
        this.#publisher.linked(link)
      } catch (error) {
        this.#fail(error as TocsinError)
        return
      }
      this.#report(connected)
    }
    this.#requests.linked(link)
  }

  onEvents(): void {}

  onRecord(record: ControlRecord): void {
    if (this.#publisher?.record(record) !== true) this.#requests.record(record)
  }

  onRetrying(reason: DisconnectReason, delay: number): void {
    this.#publisher?.unlinked(reason)
    this.#requests.unlinked(reason)
    this.#report(reconnecting(reason, delay))
  }

  onFailed(reason: DisconnectReason): void {
    this.#fail(disconnectError(reason))
  }

  // ---- private

  #requirePublisher(): Publisher {
    if (this.#failure !== undefined) throw this.#failure
    return this.#publisher as Publisher
  }

  #checkDurable(ack: AckLevel): void {
    if (ack === 'durable' && !this.welcome.durable) throw new TocsinError('TCN_LOG_NOT_DURABLE')
  }

  #report(status: ConnectionStatus): void {
    this.#setup.onStatus?.(status)
  }

  #onAbort = (): void => this.#fail(abortError(this.#setup.signal))

  #fail(error: TocsinError): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    this.#setup.signal?.removeEventListener('abort', this.#onAbort)
    if (this.#supervised.link !== undefined) this.#publisher?.flush()
    this.#supervised.close()
    this.#publisher?.fail(error)
    this.#requests.fail(error)
    // Without a request of the program, its subscriptions must fail instead of seeming to be complete.
    const isRequested = error.code === 'TCN_CLIENT_CLOSED' || error.code === 'TCN_CLIENT_ABORTED'
    for (const subscription of [...this.#subscriptions]) {
      if (isRequested) void subscription.close()
      else subscription.onFailed(error)
    }
  }
}
