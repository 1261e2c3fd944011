import type { Sessions } from '../../../../access/sessions.js'
import type {
  BusApi,
  PublisherApi,
  PublisherEvents,
  SubscribeRequest,
  SubscriptionApi,
} from '../../../../bus/api.js'
import type { Principal } from '../../../../bus/principal.js'
import type { EndReason, Format, Piece, Sink, SubscriberStatus } from '../../../../bus/sink.js'
import { type ErrorCode, TocsinError, toTocsinError } from '../../../../errors/tocsin-error.js'
import { formatCursor } from '../../../../event/cursor.js'
import type { NewFrame } from '../../../../event/frame-walk.js'
import type { Random } from '../../../../incremental/read-json.js'
import { noteOn } from '../../../../log/loss-reason.js'
import { tokenEnded } from '../../../shared/listener.js'
import { Pause } from '../../../shared/peer-connection.js'
import { textFrames } from '../../../web/websocket/frame.js'
import type { TextPeer, TextSocket } from '../../../web/websocket/text-socket.js'
import { cloudEventFrame, readObject } from './json-records.js'

/** The WebSockets that a peer belongs to. */
export interface CloudEventsHost {
  readonly bus: Pick<BusApi, 'epoch' | 'publisher' | 'subscribe'>
  readonly native: { readonly sessions: Pick<Sessions, 'begin' | 'end'> }
  readonly formats: { readonly events: Format }
  readonly typeOf: (tag: string) => string
  nextId(): string
  readonly runtime: Random
  faulty(error: TocsinError, peer: { principal: string | undefined; listener: string }): void
}

export interface CloudEventsOptions {
  principal: Principal
  ended?: AbortSignal
  /** Where the peer is, for people. */
  label: string
  /** Throws if the query of the address is not valid. */
  request: () => Omit<SubscribeRequest, 'label' | 'format'>
  /** True if every accepted event is acknowledged with `tocsin.accepted`. */
  acknowledge: boolean
  /** True if the peer only publishes. */
  silent: boolean
}

interface Named {
  id: unknown
  source: unknown
}

/**
 * Subprotocol `cloudevents.json`: every message is one CloudEvent, in either direction. Messages about the stream
 * itself are CloudEvents too: source `hub`, type `tocsin.live`, `.position`, `.gap`, `.accepted`, `.refused`, `.end`.
 */
export class CloudEventsPeer implements TextPeer, Sink, PublisherEvents {
  readonly isNew = false
  readonly #host: CloudEventsHost
  readonly #socket: TextSocket
  readonly #options: CloudEventsOptions
  #publisher: PublisherApi | undefined
  #subscription: SubscriptionApi | undefined
  #counter = 0
  /** Events that have not been answered yet, by counter. */
  readonly #unanswered = new Map<number, Named>()
  #closed = false
  readonly #usid: number

  constructor(host: CloudEventsHost, socket: TextSocket, options: CloudEventsOptions) {
    this.#host = host
    this.#socket = socket
    this.#options = options
    this.#usid = host.native.sessions.begin(options.principal.name, 'websocket', options.label)
    options.ended?.addEventListener('abort', this.#over)
  }

  /** Begins the requested subscription. */
  open(): void {
    const { silent, ended } = this.#options
    if (ended?.aborted) this.#over()
    if (silent || this.#closed) return
    this.#subscribe().then(
      (subscription) => this.#opened(subscription),
      (error) => this.#fail(toTocsinError(error, 'TCN_INTERNAL')),
    )
  }

  async #subscribe(): Promise<SubscriptionApi> {
    const { principal, label, request } = this.#options
    const { bus, formats } = this.#host
    return await bus.subscribe(principal, { ...request(), label, format: formats.events }, this)
  }

  // ---- input

  get principal(): string {
    return this.#options.principal.name
  }

  message(data: Buffer, isText: boolean): Generator<undefined, void> | undefined {
    if (isText) return this.#read(data)
    this.#fail(new TocsinError('TCN_WEBSOCKET_MESSAGE', 'messages of this subprotocol are text'))
    return undefined
  }

  *#read(message: Buffer): Generator<undefined, void> {
    try {
      this.#take(yield* readObject(message, this.#host.runtime))
    } catch (error) {
      this.#fail(toTocsinError(error, 'TCN_INTERNAL'))
    }
  }

  #take(event: Record<string, unknown>): void {
    this.#publish(event)
    if (this.#publisher?.paused) this.#socket.pause(Pause.publisher)
  }

  #publish(event: Record<string, unknown>): void {
    const counter = ++this.#counter
    this.#unanswered.set(counter, { id: event.id, source: event.source })
    let frame: NewFrame
    try {
      frame = cloudEventFrame(event, counter, this.#host.typeOf)
    } catch (error) {
      this.refused(counter, toTocsinError(error, 'TCN_CLOUDEVENT_INVALID'))
      return
    }
    this.#publisher ??= this.#host.bus.publisher(this.#options.principal, { events: this })
    const { bytes, walked } = frame
    this.#publisher.publish(bytes, 0, bytes.length, walked, true)
  }

  // ---- for the publisher

  accepted(counter: number, seq: number, run: number): void {
    for (const [earlier, named] of this.#unanswered) {
      if (earlier > counter) break
      this.#unanswered.delete(earlier)
      if (!this.#options.acknowledge) continue
      const known = seq !== 0 && counter - earlier < run
      this.#send('accepted', {
        ...named,
        cursor: known ? this.#cursor(seq - (counter - earlier)) : undefined,
      })
    }
  }

  durable(): void {}

  refused(counter: number, { code, message }: TocsinError): void {
    const named = this.#unanswered.get(counter)
    this.#unanswered.delete(counter)
    this.#send('refused', { ...named, code, message })
  }

  gateDone(): void {}

  resumed(): void {
    this.#socket.resume(Pause.publisher)
  }

  // ---- for the bus

  /** Called by the bus, with a reason, when it closes the publisher; and without one when the peer has disconnected. */
  closed(code?: ErrorCode | 'STOP', message?: string): void {
    if (code === undefined) this.#release()
    else this.#end(code, message ?? '')
  }

  get pending(): number {
    return this.#socket.pending
  }

  write(pieces: readonly Piece[]): void {
    for (let i = 0; i < pieces.length; i++) this.#socket.write(pieces[i])
  }

  status(status: SubscriberStatus): void {
    if (status.type === 'gap') {
      const { from, to, reason, next } = status
      this.#send('gap', { from, to, reason, ...noteOn(status), cursor: this.#cursor(next) })
    } else if (status.type !== 'gate') {
      this.#send(status.type, { cursor: this.#cursor(status.seq) })
    }
  }

  end({ code, message, seq }: EndReason): void {
    this.#end(code, message, this.#cursor(seq))
  }

  drained(): void {
    this.#subscription?.drained()
  }

  goodbye(message: string): void {
    this.#end('STOP', message)
  }

  #opened(subscription: SubscriptionApi): void {
    if (this.#closed) {
      subscription.close()
      return
    }
    this.#subscription = subscription
    if (this.pending === 0) subscription.drained()
  }

  #over = (): void => {
    this.#fail(tokenEnded())
  }

  #fail(error: TocsinError): void {
    if (this.#closed) return
    this.#host.faulty(error, {
      principal: this.#options.principal.name,
      listener: this.#options.label,
    })
    this.#end(error.code, error.message)
  }

  #end(code: string, message: string, cursor?: string): void {
    if (this.#closed) return
    this.#send('end', { code, message, cursor })
    this.#socket.end(code)
  }

  #release(): void {
    if (!this.#closed) this.#host.native.sessions.end(this.#usid)
    this.#closed = true
    this.#options.ended?.removeEventListener('abort', this.#over)
    this.#publisher?.close()
    this.#subscription?.close()
    this.#publisher = undefined
    this.#subscription = undefined
    this.#unanswered.clear()
  }

  #send(what: string, data: object): void {
    const event = {
      specversion: '1.0',
      id: this.#host.nextId(),
      source: 'hub',
      type: `tocsin.${what}`,
      datacontenttype: 'application/json',
      data,
    }
    this.#socket.reply(textFrames([JSON.stringify(event)]))
  }

  #cursor(seq: number): string {
    return formatCursor(this.#host.bus.epoch, seq)
  }
}
