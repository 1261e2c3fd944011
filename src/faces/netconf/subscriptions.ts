import { TocsinError } from '../../errors/tocsin-error.js'
import { standardNotification } from '../../protocols/netconf/server/notification.js'
import { fault } from '../../protocols/netconf/server/rpc.js'
import type { ServerSubscription } from '../../protocols/netconf/server/state.js'
import type {
  ModifyRequest,
  SubscriptionRequest,
} from '../../protocols/netconf/server/subscription-request.js'
import type { StreamRequest } from '../shared/streams/stream-request.js'
import { StreamSubscriber } from '../shared/streams/stream-subscriber.js'
import { XPathFilter } from '../shared/xpath/filter.js'
import type { NetconfContext, SessionOutput } from './context.js'
import { SubscriptionWriter } from './subscription-writer.js'

const MAX_SUBSCRIPTIONS = 16

interface OpenSubscription {
  readonly request: SubscriptionRequest
  readonly writer: SubscriptionWriter
  readonly subscriber: StreamSubscriber
}

/** The subscriptions of a session: one of RFC 5277, and several of RFC 8639. */
export class SessionSubscriptions {
  readonly #context: NetconfContext
  readonly #session: SessionOutput
  #created: OpenSubscription | undefined
  readonly #established = new Map<number, OpenSubscription>()
  #isClosed = false

  constructor(context: NetconfContext, session: SessionOutput) {
    this.#context = context
    this.#session = session
  }

  has(id: number): boolean {
    return this.#established.has(id)
  }

  list(): ServerSubscription[] {
    const receiver = String(this.#session.id)
    return [...this.#established].map(([id, { request }]) => ({ id, receiver, ...request }))
  }

  drained(): void {
    this.#created?.subscriber.drained()
    for (const { subscriber } of this.#established.values()) subscriber.drained()
  }

  close(): void {
    this.#isClosed = true
    this.#created?.subscriber.close()
    for (const { subscriber } of this.#established.values()) subscriber.close()
    this.#created = undefined
    this.#established.clear()
  }

  /** Nothing is sent before the returned function is called. Rejects with TCN_NETCONF_REQUEST. */
  async create(request: SubscriptionRequest): Promise<() => void> {
    if (this.#created !== undefined) throw fault('in-use', 'this session has a subscription already')
    const subscription = this.#subscription(request, {})
    this.#created = subscription
    const failed = () => {
      this.#created = undefined
    }
    await this.#start(subscription, failed)
    return () => subscription.writer.begin()
  }

  /** The same for a subscription with a number. */
  async establish(request: SubscriptionRequest): Promise<{ id: number; start: () => void }> {
    if (this.#established.size >= MAX_SUBSCRIPTIONS)
      throw fault('resource-denied', `a session has at most ${MAX_SUBSCRIPTIONS} subscriptions`, {
        appTag: 'ietf-subscribed-notifications:insufficient-resources',
      })
    const id = this.#context.nextSubscription()
    const subscription = this.#subscription(request, { id })
    this.#established.set(id, subscription)
    await this.#start(subscription, () => this.#established.delete(id))
    return { id, start: () => subscription.writer.begin() }
  }

  /** Other events come from the one that was reached. Rejects with TCN_NETCONF_REQUEST. */
  async modify({ id, xpath, stop }: ModifyRequest): Promise<() => void> {
    const before = this.#of(id)
    if (before.subscriber.isReplaying)
      throw fault('operation-failed', 'the past is still being sent', { element: 'id' })
    const { stream } = before.request
    const request = {
      stream,
      ...((xpath ?? before.request.xpath) !== undefined && { xpath: xpath ?? before.request.xpath }),
      ...((stop ?? before.request.stop) !== undefined && { stop: stop ?? before.request.stop }),
    }
    // An expression that is not valid leaves everything as it is.
    this.#compile(request.xpath)
    const reached = await before.subscriber.handOver()
    // Somebody else may have ended it meanwhile.
    if (this.#of(id) !== before) throw unknownSubscription(id)
    const subscription = this.#subscription(request, { id, reached })
    this.#established.set(id, subscription)
    await this.#start(subscription, () => this.#established.delete(id))
    return () => {
      subscription.writer.modified(request)
      subscription.writer.begin()
    }
  }

  /** Throws TCN_NETCONF_REQUEST. */
  delete(id: number): void {
    this.#of(id).subscriber.close()
    this.#established.delete(id)
  }

  #of(id: number): OpenSubscription {
    const subscription = this.#established.get(id)
    if (subscription !== undefined) return subscription
    throw unknownSubscription(id)
  }

  #subscription(
    request: SubscriptionRequest,
    { id, reached }: { id?: number; reached?: number | undefined },
  ): OpenSubscription {
    const { streams } = this.#context
    const { principal, id: usid, place } = this.#session
    const writer = new SubscriptionWriter(this.#context, this.#session, {
      id,
      ended: () => this.#ended(id),
    })
    const more = { ...(reached !== undefined && { reached }), goesOn: id !== undefined }
    const caller = { principal, label: `netconf ${place}`, peer: { face: 'netconf', usid, address: place } }
    const subscriber = new StreamSubscriber(
      streams,
      { ...this.#streamRequest(request), ...more },
      caller,
      writer,
    )
    return { request, writer, subscriber }
  }

  #ended(id: number | undefined): void {
    if (id === undefined) this.#created = undefined
    else this.#established.delete(id)
  }

  #streamRequest({ stream: name, xpath, start, stop }: SubscriptionRequest): StreamRequest {
    const stream = this.#context.host.parts.streams.find(name)
    if (stream === undefined)
      throw fault('invalid-value', `there is no stream ${JSON.stringify(name.slice(0, 128))}`, {
        element: 'stream',
      })
    if (start !== undefined && !stream.replay)
      throw fault('operation-failed', `the stream ${name} has no replay`, {
        appTag: 'ietf-subscribed-notifications:replay-unsupported',
      })
    // The start itself is wanted too.
    return { stream, start: start === undefined ? undefined : start - 1, stop, xpath: this.#compile(xpath) }
  }

  #compile(xpath: string | undefined): XPathFilter | undefined {
    const { engine, typeOf } = this.#context.streams
    return xpath === undefined ? undefined : XPathFilter.compile(xpath, engine, typeOf, standardNotification)
  }

  async #start({ subscriber }: OpenSubscription, failed: () => void): Promise<void> {
    try {
      await subscriber.start()
      if (this.#isClosed) throw fault('operation-failed', 'the session has ended')
    } catch (error) {
      failed()
      subscriber.close()
      throw TocsinError.is(error) ? error : fault('operation-failed', String(error))
    }
  }
}

export function unknownSubscription(id: number): TocsinError {
  const appTag = 'ietf-subscribed-notifications:no-such-subscription'
  return fault('invalid-value', `there is no subscription ${id}`, { appTag })
}
