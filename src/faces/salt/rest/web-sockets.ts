import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { Cancel } from '../../../event/runtime.js'
import { TextSocket, type TextSocketHost } from '../../web/text-socket.js'
import type { RestContext } from './context.js'
import { webSocketFormat } from './event-formats.js'
import { FormattedEvents } from './formatted-events.js'
import type { Session } from './sessions.js'
import { subscribeRequest } from './subscribe.js'
import { WebSocketPeer } from './web-socket-peer.js'

/** How often connections are looked at, ms, and how many pings leave at a time. */
const SWEEP = 1000
const CHECKS_A_SWEEP = 1000
/** A client says few words. */
const LARGEST_MESSAGE = 64 * 1024
const MOST_FRAGMENTS = 64

/** All WebSockets of a listener. */
export class WebSockets implements TextSocketHost {
  readonly limits = { helloTimeout: 5000, pingEvery: 30_000 }
  readonly #context: RestContext
  readonly #server: WebSocketServer
  readonly #peers = new Set<TextSocket>()
  #flushing: TextSocket[] = []
  #cancelSweep: Cancel | undefined

  constructor(context: RestContext) {
    this.#context = context
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: LARGEST_MESSAGE,
      maxFragments: MOST_FRAGMENTS,
      closeTimeout: 5000,
    } as ConstructorParameters<typeof WebSocketServer>[0])
  }

  accept(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    { principal, ended }: Session,
    query: URLSearchParams,
  ): void {
    const formatted = query.has('format_events') ? new FormattedEvents() : undefined
    const label = `salt-api ws ${request.socket.remoteAddress ?? ''}`.trimEnd()
    const asked = {
      ...subscribeRequest(this.#context, { tags: query.getAll('tag'), label }),
      format: formatted === undefined ? webSocketFormat : undefined,
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      const peer = new TextSocket(
        this,
        webSocket,
        socket as Socket,
        (owner) =>
          new WebSocketPeer(owner, {
            subscribe: (sink) => this.#context.bus.subscribe(principal, asked, sink),
            formatted,
            ended,
          }),
      )
      this.#peers.add(peer)
      this.#cancelSweep ??= this.#context.runtime.after(SWEEP, this.#sweep)
    })
  }

  /** Tells everybody who has not been told by the bus. */
  close(): void {
    this.#cancelSweep?.()
    for (const { peer } of this.#peers) (peer as WebSocketPeer).goodbye()
    this.#flush()
  }

  // ---- for the sockets

  now(): number {
    return this.#context.runtime.monotonic()
  }

  flushSoon(socket: TextSocket): void {
    if (this.#flushing.length === 0) process.nextTick(this.#flush)
    this.#flushing.push(socket)
  }

  left(socket: TextSocket): void {
    this.#peers.delete(socket)
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
