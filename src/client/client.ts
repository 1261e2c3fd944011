import { TocsinError } from '../event/errors.js'
import type { ControlRecord } from '../faces/native/codec.js'
import type { FilterInput, Hello, Welcome } from '../faces/native/protocol.js'
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
import { publishBatch } from './batch.js'
import { KeptLink, type KeptLinkUser } from './kept-link.js'
import type { Link } from './link.js'
import { type Loss, lossError } from './loss.js'
import { requestParts } from './parts.js'
import { publishEvent } from './publish-event.js'
import { Publisher } from './publisher.js'
import { Requests } from './requests.js'
import { aborted } from './room.js'
import { connected, reconnecting, suspended } from './statuses.js'
import { HubSubscription } from './subscription.js'
import type { Dial } from './transport.js'
import type { Waiter } from './waiters.js'

export interface ClientSetup {
  dial: Dial
  /** Of the connection that publishes; subscriptions have no producer. */
  hello: Omit<Hello, 'version'>
  reconnect: boolean
  window: number
  ack: AckLevel
  source?: string
  signal?: AbortSignal
  onStatus?: (status: ConnectionStatus) => void
}

/** One connection to publish and ask, and one more for each subscription. */
export class HubClient implements Client, KeptLinkUser {
  readonly #setup: ClientSetup
  readonly #kept: KeptLink
  readonly #requests = new Requests()
  readonly #subscriptions = new Set<HubSubscription>()
  #publisher: Publisher | undefined
  #welcome: Welcome | undefined
  #failure: TocsinError | undefined

  constructor(setup: ClientSetup) {
    this.#setup = setup
    this.#kept = new KeptLink(this, setup)
  }

  /** Rejects when the hub does not answer or refuses. */
  async open(): Promise<this> {
    const { signal } = this.#setup
    if (signal?.aborted) throw aborted(signal)
    signal?.addEventListener('abort', this.#onAbort, { once: true })
    try {
      await this.#kept.open()
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
    return publishEvent(this.#publishing(), tag, data, options, ack)
  }

  async publishBatch(
    events: Iterable<OutgoingEvent> | AsyncIterable<OutgoingEvent>,
    options: PublishOptions = {},
  ): Promise<PublishedBatch> {
    const ack = options.ack ?? this.#setup.ack
    this.#checkDurable(ack)
    return await publishBatch(this.#publishing(), events, options, ack)
  }

  push(tag: string, data: unknown): boolean {
    return this.#publishing().push(tag, data)
  }

  ready(): Promise<void> {
    return new Promise((enter, fail) => this.#publishing().whenRoom({ enter, fail }))
  }

  async drain(options: { ack?: AckLevel } = {}): Promise<void> {
    const publisher = this.#publishing()
    const ack = options.ack ?? this.#setup.ack
    this.#checkDurable(ack)
    if (ack === 'durable') publisher.wantDurable()
    else publisher.flush()
    await new Promise<Waiter>((resolve, reject) => {
      publisher.wait({ counter: publisher.last, ack, isEvent: false, resolve, reject })
    })
    const problem = publisher.takeProblem()
    if (problem !== undefined) throw problem
  }

  // ---- subscribing, asking

  subscribe(filter?: FilterInput, options: SubscribeOptions = {}): Subscription {
    if (this.#failure !== undefined) throw this.#failure
    const { dial, hello, reconnect } = this.#setup
    const subscription = new HubSubscription({
      dial,
      hello: { ...hello, producer: undefined },
      reconnect,
      filter,
      options,
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

  // ---- the end

  async close(): Promise<void> {
    this.#fail(new TocsinError('TCN_CLIENT_CLOSED'))
  }

  /** Waits for acknowledgements as long as the connection stands, and throws what `drain()` would. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (this.#kept.link !== undefined) await this.drain()
    } finally {
      await this.close()
    }
  }

  // ---- from the connection

  onLinked(link: Link): void {
    this.#welcome = link.welcome
    if (this.#publisher === undefined) {
      const { window, ack, source } = this.#setup
      this.#publisher = new Publisher(link, { window, ack, source, onStalled: () => this.#tell(suspended) })
    } else {
      try {
        this.#publisher.linked(link)
      } catch (error) {
        this.#fail(error as TocsinError)
        return
      }
      this.#tell(connected)
    }
    this.#requests.linked(link)
  }

  onEvents(): void {}

  onRecord(record: ControlRecord): void {
    if (this.#publisher?.record(record) !== true) this.#requests.record(record)
  }

  onRetrying(loss: Loss, delay: number): void {
    this.#publisher?.unlinked(loss)
    this.#requests.unlinked(loss)
    this.#tell(reconnecting(loss, delay))
  }

  onFailed(loss: Loss): void {
    this.#fail(lossError(loss))
  }

  // ----

  #publishing(): Publisher {
    if (this.#failure !== undefined) throw this.#failure
    return this.#publisher as Publisher
  }

  #checkDurable(ack: AckLevel): void {
    if (ack === 'durable' && !this.welcome.durable) throw new TocsinError('TCN_LOG_NOT_DURABLE')
  }

  #tell(status: ConnectionStatus): void {
    this.#setup.onStatus?.(status)
  }

  #onAbort = (): void => this.#fail(aborted(this.#setup.signal as AbortSignal))

  #fail(error: TocsinError): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    this.#setup.signal?.removeEventListener('abort', this.#onAbort)
    if (this.#kept.link !== undefined) this.#publisher?.flush()
    this.#kept.close()
    this.#publisher?.fail(error)
    this.#requests.fail(error)
    // A program that did not ask for it must not take this for the end of the events.
    const asked = error.code === 'TCN_CLIENT_CLOSED' || error.code === 'TCN_CLIENT_ABORTED'
    for (const subscription of [...this.#subscriptions]) {
      if (asked) void subscription.close()
      else subscription.onFailed(error)
    }
  }
}
