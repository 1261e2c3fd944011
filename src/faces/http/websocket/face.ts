import type { Socket } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Bus } from '../../../bus/bus.js'
import type { Format } from '../../../bus/sink.js'
import { TocsinError } from '../../../event/errors.js'
import type { Cancel } from '../../../event/runtime.js'
import { cloudEventsFormat, jsonRecordsFormat } from '../../formats/websocket.js'
import { HeldBytes } from '../../held-bytes.js'
import type { Listener } from '../../native/listener.js'
import type { NativeServer } from '../../native/server.js'
import { countHalfMessages } from '../../web/half-messages.js'
import { TextSocket } from '../../web/text-socket.js'
import { type HttpContext, NOBODY } from '../context.js'
import { resultView } from '../methods.js'
import type { UpgradeCall } from '../route.js'
import { subscribeRequest } from '../stream-request.js'
import { BinaryStream } from './binary-stream.js'
import { CloudEventsPeer } from './cloudevents-peer.js'
import { JsonPeer } from './json-peer.js'
import { DEFAULT_WEBSOCKET_LIMITS, type WebSocketLimits } from './limits.js'
import type { WebSocketQuery } from './query.js'

export const SUBPROTOCOLS = ['tocsin.v1', 'tocsin.v1+json', 'cloudevents.json'] as const
export type Subprotocol = (typeof SUBPROTOCOLS)[number]

/** How often connections are looked at, ms, and how many pings leave at a time. */
const SWEEP = 1000
const CHECKS_A_SWEEP = 1000
/** Why a connection ends when too much is half received. */
const TOO_MUCH = 'TCN_PROTOCOL_TOO_MANY'
/** How long such a connection has to read that, ms. */
const CUT_AFTER = 1000

type Goodbye = { goodbye(message: string): void }

/** All WebSockets of the hub: who they are, what they speak, whether they are still there. */
export class WebSocketFace {
  readonly bus: Bus
  readonly native: NativeServer
  readonly limits: WebSocketLimits
  readonly formats: { records: Format; events: Format }
  readonly typeOf: (tag: string) => string
  readonly #context: HttpContext
  readonly #known: WebSocketServer
  readonly #unknown: WebSocketServer
  readonly #peers = new Set<TextSocket>()
  readonly #streams = new Set<BinaryStream>()
  /** Who has yet to say who it is. */
  readonly #strangers = new Set<TextSocket | BinaryStream>()
  readonly #started: number
  #ids = 0
  #flushing: TextSocket[] = []
  #cancelSweep: Cancel | undefined

  constructor(context: HttpContext, limits: Partial<WebSocketLimits> = {}) {
    this.#context = context
    this.bus = context.bus
    this.native = context.native
    this.limits = { ...DEFAULT_WEBSOCKET_LIMITS, ...limits }
    this.formats = { records: jsonRecordsFormat(context.texts), events: cloudEventsFormat(context.texts) }
    this.typeOf = (tag) => context.types.typeOf(tag)
    this.#started = context.runtime.now()
    this.#known = this.#server(this.limits.message)
    this.#unknown = this.#server(this.limits.firstMessage)
  }

  get connections(): number {
    return this.#peers.size + this.#streams.size
  }

  /** Throws TCN_HTTP_TOO_MANY; after that the socket belongs to this face. */
  accept(call: UpgradeCall, subprotocol: Subprotocol, query: WebSocketQuery): void {
    const isKnown = call.principal !== NOBODY.principal
    if (!isKnown && this.#strangers.size >= this.limits.unknown) {
      throw new TocsinError('TCN_HTTP_TOO_MANY', 'too many connections that have yet to say who they are')
    }
    const server = isKnown ? this.#known : this.#unknown
    server.handleUpgrade(call.request, call.socket, call.head, (webSocket) => {
      const socket = call.socket as Socket
      if (subprotocol === 'tocsin.v1') this.#acceptBinary(webSocket, socket, call, isKnown)
      else this.#acceptText(webSocket, socket, call, subprotocol, query)
    })
  }

  /** Tells everybody who has not been told by the bus. */
  close(): void {
    this.#cancelSweep?.()
    this.#cancelSweep = undefined
    for (const { peer } of this.#peers) (peer as unknown as Goodbye).goodbye('the hub stops')
    this.#flush()
  }

  // ---- for the connections

  now(): number {
    return this.#context.runtime.monotonic()
  }

  /** As over HTTP: frames in it are CloudEvents. */
  resultView(result: unknown): unknown {
    return resultView(this.#context, result)
  }

  nextId(): string {
    return `${this.#started}-${++this.#ids}`
  }

  /** Everything queued in this turn leaves at its end. */
  flushSoon(socket: TextSocket): void {
    if (this.#flushing.length === 0) process.nextTick(this.#flush)
    this.#flushing.push(socket)
  }

  left(socket: TextSocket): void {
    this.#peers.delete(socket)
    this.#strangers.delete(socket)
  }

  streamLeft(stream: BinaryStream): void {
    this.#streams.delete(stream)
    this.#strangers.delete(stream)
  }

  faulty(error: TocsinError, peer: { principal: string | undefined; listener: string }): void {
    this.native.faulty({ session: { peer } }, error)
  }

  #acceptBinary(webSocket: WebSocket, socket: Socket, call: UpgradeCall, isKnown: boolean): void {
    const stream = new BinaryStream(this, webSocket, socket)
    countHalfMessages(webSocket, socket, new HeldBytes(this.native), () => {
      stream.refuse(TOO_MUCH)
      this.#cutSoon(webSocket)
    })
    this.#streams.add(stream)
    if (!isKnown) this.#strangers.add(stream)
    this.native.accept(
      stream,
      this.#listener(call, () => this.#strangers.delete(stream)),
    )
  }

  #acceptText(
    webSocket: WebSocket,
    socket: Socket,
    call: UpgradeCall,
    subprotocol: Subprotocol,
    query: WebSocketQuery,
  ): void {
    const { principal, ended } = call
    const isEvents = subprotocol === 'cloudevents.json'
    const text = new TextSocket(this, webSocket, socket, (owner) =>
      isEvents
        ? new CloudEventsPeer(this, owner, {
            principal,
            ended,
            request: { ...subscribeRequest(query), label: addressOf(call) },
            acknowledge: query.ack === 'accepted',
            silent: query.subscribe === 'no',
          })
        : new JsonPeer(
            this,
            owner,
            this.#listener(call, () => this.#strangers.delete(owner)),
          ),
    )
    countHalfMessages(webSocket, socket, new HeldBytes(this.native), () => {
      text.end(TOO_MUCH)
      this.#cutSoon(webSocket)
    })
    this.#peers.add(text)
    if (text.peer.isNew && principal === NOBODY.principal) this.#strangers.add(text)
    if (text.peer instanceof CloudEventsPeer) text.peer.open()
    this.#cancelSweep ??= this.#context.runtime.after(SWEEP, this.#sweep)
  }

  /** `named`: a stranger has said who it is; what does not hold ends its connection. */
  #listener(call: UpgradeCall, named: () => void): Listener {
    const { principal, ended, request } = call
    const address = addressOf(call)
    if (principal !== NOBODY.principal) return { address, principal, ended }
    return {
      address,
      credentials: { address: request.socket.remoteAddress },
      identify: (credentials) => {
        named()
        return this.#context.identify(credentials)
      },
    }
  }

  /** Nothing is read of it any more, so its answer to the close would not be seen. */
  #cutSoon(webSocket: WebSocket): void {
    this.#context.runtime.after(CUT_AFTER, () => webSocket.terminate())
  }

  #server(maxPayload: number): WebSocketServer {
    return new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload,
      maxFragments: this.limits.fragments,
      closeTimeout: this.limits.closeTimeout,
      handleProtocols: (offered) => SUBPROTOCOLS.find((each) => offered.has(each)) ?? false,
    } as ConstructorParameters<typeof WebSocketServer>[0])
  }

  #flush = (): void => {
    const sockets = this.#flushing
    this.#flushing = []
    for (const socket of sockets) socket.flush()
  }

  #sweep = (): void => {
    const now = this.now()
    let checks = 0
    for (const peer of this.#peers) {
      if (now < peer.due) continue
      peer.overdue(now)
      if (++checks === CHECKS_A_SWEEP) break
    }
    this.#cancelSweep = this.#peers.size === 0 ? undefined : this.#context.runtime.after(SWEEP, this.#sweep)
  }
}

function addressOf({ request }: UpgradeCall): string {
  return `ws ${request.socket.remoteAddress ?? ''}`.trimEnd()
}
