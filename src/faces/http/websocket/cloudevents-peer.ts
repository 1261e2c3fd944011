import type { PublisherApi, PublisherEvents, SubscribeRequest, SubscriptionApi } from '../../../bus/api.js'
import type { Principal } from '../../../bus/principal.js'
import type { EndReason, Sink, SubscriberStatus } from '../../../bus/sink.js'
import { formatCursor } from '../../../event/cursor.js'
import { type ErrorCode, TocsinError, toTocsinError } from '../../../event/errors.js'
import { textFrames } from '../../formats/websocket-frame.js'
import { Pause } from '../../native/peer.js'
import type { TextPeer, TextSocket } from '../../web/text-socket.js'
import type { WebSocketFace } from './face.js'
import { cloudEventFrame, parseObject } from './json-records.js'

export interface CloudEventsOptions {
  principal: Principal
  ended?: AbortSignal
  request: SubscribeRequest
  /** Every event taken is answered with `tocsin.accepted`. */
  acknowledge: boolean
  /** Only publishes. */
  silent: boolean
}

interface Named {
  id: unknown
  source: unknown
}

/**
 * Subprotocol `cloudevents.json`: every message is one CloudEvent, in either direction. What has to be said of the
 * stream itself is a CloudEvent too: source `hub`, type `tocsin.live`, `.position`, `.gap`, `.accepted`, `.refused`, `.end`.
 */
export class CloudEventsPeer implements TextPeer, Sink, PublisherEvents {
  readonly isNew = false
  readonly #face: WebSocketFace
  readonly #socket: TextSocket
  readonly #options: CloudEventsOptions
  #publisher: PublisherApi | undefined
  #subscription: SubscriptionApi | undefined
  #counter = 0
  /** What came and has not been answered, by counter. */
  readonly #unanswered = new Map<number, Named>()
  #saidBytes = 0
  #closed = false

  constructor(face: WebSocketFace, socket: TextSocket, options: CloudEventsOptions) {
    this.#face = face
    this.#socket = socket
    this.#options = options
    options.ended?.addEventListener('abort', this.#over)
  }

  /** What was asked for begins. */
  open(): void {
    const { principal, request, silent, ended } = this.#options
    if (ended?.aborted) this.#over()
    if (silent || this.#closed) return
    this.#face.bus.subscribe(principal, { ...request, format: this.#face.formats.events }, this).then(
      (subscription) => this.#opened(subscription),
      (error) => this.#fail(toTocsinError(error, 'TCN_INTERNAL')),
    )
  }

  // ---- what comes in

  message(text: string): void {
    try {
      this.#publish(parseObject(text))
      if (this.#publisher?.paused) this.#socket.pause(Pause.publisher)
    } catch (error) {
      this.#fail(toTocsinError(error, 'TCN_INTERNAL'))
    }
  }

  binary(): void {
    this.#fail(new TocsinError('TCN_PROTOCOL_BODY', 'messages of this subprotocol are text'))
  }

  #publish(event: Record<string, unknown>): void {
    const counter = ++this.#counter
    this.#unanswered.set(counter, { id: event.id, source: event.source })
    let frame: Uint8Array
    try {
      frame = cloudEventFrame(event, counter, this.#face.typeOf)
    } catch (error) {
      this.refused(counter, toTocsinError(error, 'TCN_CLOUDEVENT_INVALID'))
      return
    }
    this.#publisher ??= this.#face.bus.publisher(this.#options.principal, { events: this })
    this.#publisher.publish(frame, 0, frame.length)
  }

  // ---- for the publisher

  accepted(counter: number, seq: number, run: number): void {
    for (const [earlier, named] of this.#unanswered) {
      if (earlier > counter) break
      this.#unanswered.delete(earlier)
      if (!this.#options.acknowledge) continue
      const known = seq !== 0 && counter - earlier < run
      this.#say('accepted', { ...named, cursor: known ? this.#cursor(seq - (counter - earlier)) : undefined })
    }
  }

  durable(): void {}

  refused(counter: number, { code, message }: TocsinError): void {
    const named = this.#unanswered.get(counter)
    this.#unanswered.delete(counter)
    this.#say('refused', { ...named, code, message })
  }

  gateDone(): void {}

  resumed(): void {
    this.#socket.resume(Pause.publisher)
  }

  // ---- for the bus

  /** Of the publisher, or of the peer. */
  closed(code?: ErrorCode | 'STOP', message?: string): void {
    if (code === undefined) this.#release()
    else this.#end(code, message ?? '')
  }

  get pending(): number {
    return this.#socket.pending
  }

  write(pieces: readonly Uint8Array[]): void {
    for (let i = 0; i < pieces.length; i++) this.#socket.write(pieces[i])
  }

  status(status: SubscriberStatus): void {
    if (status.type === 'gap') {
      const { from, to, reason, next } = status
      this.#say('gap', { from, to, reason, cursor: this.#cursor(next) })
    } else if (status.type !== 'gate') {
      this.#say(status.type, { cursor: this.#cursor(status.seq) })
    }
  }

  end({ code, message, seq }: EndReason): void {
    this.#end(code, message, this.#cursor(seq))
  }

  drained(): void {
    this.#saidBytes = 0
    this.#socket.resume(Pause.replies)
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
    this.#fail(new TocsinError('TCN_ACCESS_TOKEN', 'the token is no longer good'))
  }

  #fail(error: TocsinError): void {
    if (this.#closed) return
    this.#face.faulty(error, {
      principal: this.#options.principal.name,
      listener: this.#options.request.label,
    })
    this.#end(error.code, error.message)
  }

  #end(code: string, message: string, cursor?: string): void {
    if (this.#closed) return
    this.#say('end', { code, message, cursor })
    this.#socket.end(code)
  }

  #release(): void {
    this.#closed = true
    this.#options.ended?.removeEventListener('abort', this.#over)
    this.#publisher?.close()
    this.#subscription?.close()
    this.#publisher = undefined
    this.#subscription = undefined
    this.#unanswered.clear()
  }

  #say(what: string, data: object): void {
    const event = {
      specversion: '1.0',
      id: this.#face.nextId(),
      source: 'hub',
      type: `tocsin.${what}`,
      datacontenttype: 'application/json',
      data,
    }
    const frame = textFrames([JSON.stringify(event)])
    this.#saidBytes += frame.length
    this.#socket.write(frame)
    if (Math.min(this.#saidBytes, this.pending) > this.#face.limits.replies) this.#socket.pause(Pause.replies)
  }

  #cursor(seq: number): string {
    return formatCursor(this.#face.bus.epoch, seq)
  }
}
