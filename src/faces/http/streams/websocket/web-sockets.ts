import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { WebSocket, WebSocketServer } from 'ws'
import type { BusApi } from '../../../../bus/api.js'
import type { Format } from '../../../../bus/sink.js'
import { TocsinError } from '../../../../errors/tocsin-error.js'
import type { Runtime } from '../../../../event/runtime.js'
import type { NativeServer } from '../../../native/server.js'
import { certificateOf, type Listener } from '../../../shared/listener.js'
import { IDENTIFIED, identified } from '../../../shared/strangers.js'
import { answerPings, boundHalfMessages, webSocketServer } from '../../../web/websocket/server.js'
import { TextSockets } from '../../../web/websocket/text-sockets.js'
import { type HttpContext, NOBODY } from '../../context.js'
import { longResult } from '../../manage/long-result.js'
import { resultView } from '../../manage/result-view.js'
import type { UpgradeCall, UpgradeRoute } from '../../route.js'
import { readQuery, subscribeRequest, type WebSocketQuery, webSocketQuery } from '../stream-request.js'
import { BinaryStream } from './binary-stream.js'
import { CloudEventsPeer } from './cloudevents-peer.js'
import { JsonPeer } from './json-peer.js'
import { cloudEventsFormat, jsonRecordsFormat } from './json-records.js'

/** Limits of WebSockets. Bytes, ms and counts. */
export interface WebSocketLimits {
  /** Largest message of an identified peer. `firstMessage` applies to a peer that has not identified itself yet. */
  message: number
  firstMessage: number
  /** Maximum number of fragments of one message. */
  fragments: number
  helloTimeout: number
  /** Interval at which an idle peer is sent a ping. It is closed when it has not answered two of them. */
  pingEvery: number
  /** Time that the closing handshake may take. */
  closeTimeout: number
  /** Pending replies to one peer, above which nothing more is read from it. */
  replies: number
}

export const DEFAULT_WEBSOCKET_LIMITS: WebSocketLimits = {
  message: 17 * 1024 * 1024,
  firstMessage: 1024 * 1024,
  fragments: 1024,
  helloTimeout: 5000,
  pingEvery: 30_000,
  closeTimeout: 5000,
  replies: 256 * 1024,
}

export const SUBPROTOCOLS = ['tocsin.v1', 'tocsin.v1+json', 'cloudevents.json'] as const
export type Subprotocol = (typeof SUBPROTOCOLS)[number]

/** All WebSockets of the hub: identifies their peers and selects their subprotocols. */
export class WebSocketFace {
  readonly bus: BusApi
  readonly native: NativeServer
  readonly limits: WebSocketLimits
  readonly formats: { records: Format; events: Format }
  readonly typeOf: (tag: string) => string
  readonly #context: HttpContext
  readonly #known: WebSocketServer
  readonly #unknown: WebSocketServer
  readonly #texts: TextSockets
  readonly #started: number
  #ids = 0

  constructor(context: HttpContext, limits: Partial<WebSocketLimits> = {}) {
    const { budgets, bus, longOutput, longWork, native, runtime, texts, types } = context
    this.#context = context
    this.bus = bus
    this.native = native
    this.limits = { ...DEFAULT_WEBSOCKET_LIMITS, ...limits }
    this.formats = { records: jsonRecordsFormat(texts), events: cloudEventsFormat(texts) }
    this.typeOf = (tag) => types.typeOf(tag)
    this.#started = runtime.now()
    this.#known = webSocketServer(this.limits, SUBPROTOCOLS)
    this.#unknown = webSocketServer({ ...this.limits, message: this.limits.firstMessage }, SUBPROTOCOLS)
    this.#texts = new TextSockets({
      runtime,
      limits: this.limits,
      halfReceived: budgets,
      longWork,
      longOutput,
    })
  }

  /** Accepts a WebSocket, whose socket belongs to this face from then on. */
  accept(call: UpgradeCall, subprotocol: Subprotocol, query: WebSocketQuery): void {
    const isKnown = call.principal !== NOBODY.principal
    const server = isKnown ? this.#known : this.#unknown
    server.handleUpgrade(call.request, call.socket, call.head, (webSocket) => {
      if (subprotocol === 'tocsin.v1') this.#acceptBinary(webSocket, call)
      else if (subprotocol === 'tocsin.v1+json') this.#acceptJson(webSocket, call)
      else this.#acceptCloudEvents(webSocket, call, query)
    })
  }

  /** Says goodbye to all peers whose subscriptions the bus has not already ended. */
  close(reason?: string): void {
    this.#texts.close(reason)
  }

  // ---- for the connections

  /** Converts a result as over HTTP: frames in it become CloudEvents. */
  resultView(result: unknown): unknown {
    return resultView(this.#context, result)
  }

  /** The same in steps, for a result with many or large events. */
  longResult(result: unknown) {
    return longResult(this.#context, result)
  }

  get runtime(): Runtime {
    return this.#context.runtime
  }

  nextId(): string {
    return `${this.#started}-${++this.#ids}`
  }

  faulty(error: TocsinError, peer: { principal: string | undefined; listener: string }): void {
    this.native.faulty(peer, error)
  }

  #acceptBinary(webSocket: WebSocket, call: UpgradeCall): void {
    const socket = call.socket as Socket
    const { runtime } = this.#context
    const stream = new BinaryStream(webSocket, socket, runtime)
    answerPings(webSocket, socket)
    boundHalfMessages(webSocket, socket, {
      runtime,
      halfReceived: this.#context.budgets,
      end: (reason) => stream.refuse(reason),
    })
    stream.once(IDENTIFIED, () => identified(socket))
    this.native.accept(stream, this.#listener(call))
  }

  #acceptJson(webSocket: WebSocket, call: UpgradeCall): void {
    const listener = this.#listener(call)
    this.#texts.add(webSocket, call.socket as Socket, (socket) => new JsonPeer(this, socket, listener))
  }

  #acceptCloudEvents(webSocket: WebSocket, call: UpgradeCall, query: WebSocketQuery): void {
    const { principal, ended } = call
    const options = {
      principal,
      ended,
      label: addressOf(call),
      request: () => subscribeRequest(query, this.#context.runtime.now()),
      acknowledge: query.ack === 'accepted',
      silent: query.subscribe === 'no',
    }
    this.#texts.add(webSocket, call.socket as Socket, (socket) => new CloudEventsPeer(this, socket, options))
  }

  /** Returns the listener of a connection. A peer that is not identified yet sends its credentials in `hello`. */
  #listener({ principal, ended, request }: UpgradeCall): Listener {
    const { socket } = request
    const credentials = { address: socket.remoteAddress, certificate: certificateOf(socket) }
    const connection = { address: addressOf({ request }), isCounted: true, credentials }
    if (principal !== NOBODY.principal) return { ...connection, principal, ended }
    return { ...connection, identify: this.#context.identify }
  }
}

function addressOf({ request }: Pick<UpgradeCall, 'request'>): string {
  return `ws ${request.socket.remoteAddress ?? ''}`.trimEnd()
}

export function webSocketRoute(context: HttpContext): UpgradeRoute {
  const face = new WebSocketFace(context)
  return {
    path: '/v1/ws',
    summary: 'WebSocket: tocsin.v1 (binary), tocsin.v1+json, cloudevents.json.',
    right: 'any',
    query: webSocketQuery,
    // Without a header or ticket, the record `hello` identifies the peer, if the subprotocol has one.
    identify(query, request) {
      const ticket = query.get('ticket')
      if (ticket !== null) return context.tickets.take(ticket)
      return subprotocolOf(request) === 'cloudevents.json' ? undefined : NOBODY
    },
    handle(call) {
      face.accept(call, subprotocolOf(call.request), readQuery(call.query))
    },
    close: (reason) => face.close(reason),
  }
}

/** Returns the offered subprotocol; the JSON one by default. Throws TCN_WEBSOCKET_SUBPROTOCOL. */
function subprotocolOf({ headers }: IncomingMessage): Subprotocol {
  const offered = headers['sec-websocket-protocol']
  if (offered === undefined) return 'tocsin.v1+json'
  const names = offered.split(',').map((each) => each.trim())
  const spoken = SUBPROTOCOLS.find((each) => names.includes(each))
  if (spoken !== undefined) return spoken
  throw new TocsinError('TCN_WEBSOCKET_SUBPROTOCOL', undefined, { details: { spoken: SUBPROTOCOLS } })
}
