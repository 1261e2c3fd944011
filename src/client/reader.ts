import { TocsinError } from '../errors/tocsin-error.js'
import type { ControlRecord } from '../protocols/native/codec.js'
import type { FilterInput, Hello, Welcome } from '../protocols/native/protocol.js'
import type { Client, ConnectionStatus, RequestOptions, SubscribeOptions, Subscription } from './api.js'
import { Requests } from './requests.js'
import { requestParts } from './streamed-reply.js'
import { inLocalZone } from './subscribe/local-positions.js'
import { connected, reconnecting } from './subscribe/statuses.js'
import { HubSubscription } from './subscribe/subscription.js'
import { abortError, type DisconnectReason, disconnectError } from './transport/disconnect-reason.js'
import type { Link } from './transport/link.js'
import { SupervisedLink, type SupervisedLinkUser } from './transport/supervised-link.js'
import type { Dial } from './transport/transport.js'

export interface ReaderSetup {
  dial: Dial
  /** Sent by the connection for requests. Subscriptions send the same without the producer. */
  hello: Omit<Hello, 'version'>
  reconnect: boolean
  /** The type of an event that carries none, by its tag. */
  typeOf: (tag: string) => string
  signal?: AbortSignal
  onStatus?: (status: ConnectionStatus) => void
}

type ReadingClient = Pick<Client, 'welcome' | 'subscribe' | 'read' | 'request' | 'requestParts' | 'close'>

/** A client that does all but publish: one connection for requests, and one more for each subscription. */
export class HubReader implements ReadingClient, SupervisedLinkUser {
  readonly #setup: ReaderSetup
  protected readonly supervised: SupervisedLink
  readonly #requests = new Requests()
  readonly #subscriptions = new Set<HubSubscription>()
  #welcome: Welcome | undefined
  protected failure: TocsinError | undefined

  constructor(setup: ReaderSetup) {
    this.#setup = setup
    this.supervised = new SupervisedLink(this, { ...setup, hello: () => this.hello() })
  }

  /** Rejects if no hub answers, or with the error with which the hub refuses. */
  async open(): Promise<this> {
    const { signal } = this.#setup
    if (signal?.aborted) throw abortError(signal)
    signal?.addEventListener('abort', this.#onAbort, { once: true })
    try {
      await this.supervised.open()
    } catch (error) {
      signal?.removeEventListener('abort', this.#onAbort)
      throw this.failure ?? error
    }
    return this
  }

  get welcome(): Welcome {
    return this.#welcome as Welcome
  }

  subscribe(filter?: FilterInput, options: SubscribeOptions = {}): Subscription {
    if (this.failure !== undefined) throw this.failure
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

  async close(): Promise<void> {
    this.fail(new TocsinError('TCN_CLIENT_CLOSED'))
  }

  // ---- from the connection

  onLinked(link: Link): void {
    const isBack = this.#welcome !== undefined
    this.#welcome = link.welcome
    if (isBack) this.report(connected)
    this.#requests.linked(link)
  }

  onEvents(): void {}

  onRecord(record: ControlRecord): void {
    this.#requests.record(record)
  }

  onRetrying(reason: DisconnectReason, delay: number): void {
    this.#requests.unlinked(reason)
    this.report(reconnecting(reason, delay))
  }

  onFailed(reason: DisconnectReason): void {
    this.fail(disconnectError(reason))
  }

  // ---- for clients that do more

  protected hello(): Omit<Hello, 'version'> {
    return this.#setup.hello
  }

  protected report(status: ConnectionStatus): void {
    this.#setup.onStatus?.(status)
  }

  protected disconnect(_error: TocsinError): void {
    this.supervised.close()
  }

  protected fail(error: TocsinError): void {
    if (this.failure !== undefined) return
    this.failure = error
    this.#setup.signal?.removeEventListener('abort', this.#onAbort)
    this.disconnect(error)
    this.#requests.fail(error)
    // Without a request of the program, its subscriptions must fail instead of seeming to be complete.
    const isRequested = error.code === 'TCN_CLIENT_CLOSED' || error.code === 'TCN_CLIENT_ABORTED'
    for (const subscription of [...this.#subscriptions]) {
      if (isRequested) void subscription.close()
      else subscription.onFailed(error)
    }
  }

  #onAbort = (): void => this.fail(abortError(this.#setup.signal))
}
