import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Session } from '../../../access/session.js'
import type { SubscriptionApi } from '../../../bus/api.js'
import type { EndReason, Format, LongOutput, Piece, Sink, SubscriberStatus } from '../../../bus/sink.js'
import { toTocsinError } from '../../../errors/tocsin-error.js'
import { iterateFrames } from '../../../event/event.js'
import { textFrames } from '../../web/websocket/frame.js'
import { webSocketServer } from '../../web/websocket/server.js'
import type { TextPeer, TextSocket } from '../../web/websocket/text-socket.js'
import { TextSockets } from '../../web/websocket/text-sockets.js'
import type { RestContext } from './context.js'
import { webSocketFormat } from './event-formats.js'
import { subscribeRequest } from './events.js'
import { FormattedEvents } from './formatted-events.js'

/** Clients send only short messages. */
const MESSAGE_LIMITS = { message: 64 * 1024, fragments: 64, closeTimeout: 5000 }
/** Times in ms, replies in bytes. */
const LIMITS = { helloTimeout: 5000, pingEvery: 30_000, replies: 64 * 1024 }

/** The WebSockets of one listener. */
export class WebSockets {
  readonly #context: RestContext
  readonly #server = webSocketServer(MESSAGE_LIMITS)
  readonly #texts: TextSockets
  readonly #format: Format

  constructor(context: RestContext) {
    const { runtime, budgets: halfReceived, longOutput, texts } = context
    this.#context = context
    this.#format = webSocketFormat(texts)
    this.#texts = new TextSockets({ runtime, limits: LIMITS, halfReceived, longOutput })
  }

  accept(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    { principal, ended }: Pick<Session, 'principal' | 'ended'>,
    query: URLSearchParams,
  ): void {
    const formatted = query.has('format_events') ? new FormattedEvents() : undefined
    const label = `salt-api ws ${request.socket.remoteAddress ?? ''}`.trimEnd()
    const asked = {
      ...subscribeRequest(this.#context, { tags: query.getAll('tag'), label }),
      format: formatted === undefined ? this.#format : undefined,
    }
    const { bus } = this.#context
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      this.#texts.add(
        webSocket,
        socket as Socket,
        (owner) =>
          new WebSocketPeer(owner, {
            principal: principal.name,
            subscribe: (sink) => bus.subscribe(principal, asked, sink),
            formatted,
            ended,
          }),
      )
    })
  }

  /** Ends all connections whose subscriptions the bus has not already ended. */
  close(): void {
    this.#texts.close()
  }
}

const READY = 'websocket client ready'
const RECEIVED = textFrames(['server received message'])

export interface WebSocketPeerOptions {
  principal: string
  subscribe(sink: Sink): Promise<SubscriptionApi>
  /** Messages about jobs and minions instead of events. */
  formatted: FormattedEvents | undefined
  ended: AbortSignal
}

/** A peer of `/ws`: it receives events after it has sent its ready message. Every message has the same reply. */
export class WebSocketPeer implements TextPeer, Sink {
  readonly isNew = false
  readonly #socket: TextSocket
  readonly #options: WebSocketPeerOptions
  #subscription: SubscriptionApi | undefined
  #isReady = false
  #closed = false

  constructor(socket: TextSocket, options: WebSocketPeerOptions) {
    this.#socket = socket
    this.#options = options
    options.ended.addEventListener('abort', this)
  }

  get principal(): string {
    return this.#options.principal
  }

  // ---- input

  message(data: Buffer, isText: boolean): undefined {
    this.#socket.reply(RECEIVED)
    if (isText && !this.#isReady && data.toString() === READY) this.#subscribe()
  }

  drained(): void {
    this.#subscription?.drained()
  }

  closed(): void {
    this.#closed = true
    this.#options.ended.removeEventListener('abort', this)
    this.#subscription?.close()
    this.#subscription = undefined
  }

  goodbye(): void {
    this.#socket.end('STOP')
  }

  #subscribe(): void {
    this.#isReady = true
    this.#options.subscribe(this).then(
      (subscription) => {
        if (this.#closed) subscription.close()
        else this.#subscription = subscription
      },
      (error: unknown) => this.#socket.end(toTocsinError(error, 'TCN_INTERNAL').code),
    )
  }

  /** The session has ended. */
  handleEvent(): void {
    this.#socket.end('TCN_ACCESS_TOKEN')
  }

  // ---- output

  get pending(): number {
    return this.#socket.pending
  }

  write(pieces: readonly Piece[]): void {
    const { formatted } = this.#options
    for (const piece of pieces) {
      if (formatted === undefined) this.#socket.write(piece)
      // Frames as they are have no long output.
      else this.#send(formatted.of(iterateFrames(piece as Uint8Array)))
    }
  }

  /** Ends the connection at a gap, since there is no message for it. */
  status(status: SubscriberStatus): void {
    if (status.type === 'gap') this.#socket.end('TCN_BUS_LAG')
  }

  end({ code }: EndReason): void {
    this.#socket.end(code)
  }

  #send(messages: readonly (string | LongOutput)[]): void {
    for (const message of messages)
      this.#socket.write(typeof message === 'string' ? textFrames([message]) : message)
  }
}
