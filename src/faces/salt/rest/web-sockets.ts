import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TextSockets } from '../../web/text-sockets.js'
import { webSocketServer } from '../../web/web-socket-server.js'
import type { RestContext } from './context.js'
import { webSocketFormat } from './event-formats.js'
import { FormattedEvents } from './formatted-events.js'
import type { Session } from './sessions.js'
import { subscribeRequest } from './subscribe.js'
import { WebSocketPeer } from './web-socket-peer.js'

/** A client says few words. */
const MESSAGE_LIMITS = { message: 64 * 1024, fragments: 64, closeTimeout: 5000 }
/** ms */
const TIMES = { helloTimeout: 5000, pingEvery: 30_000 }

/** All WebSockets of a listener. */
export class WebSockets {
  readonly #context: RestContext
  readonly #server = webSocketServer(MESSAGE_LIMITS)
  readonly #texts: TextSockets

  constructor(context: RestContext) {
    const { runtime, halfReceived } = context
    this.#context = context
    this.#texts = new TextSockets({ runtime, limits: TIMES, halfReceived })
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
    const { bus } = this.#context
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      this.#texts.add(
        webSocket,
        socket as Socket,
        (owner) =>
          new WebSocketPeer(owner, {
            subscribe: (sink) => bus.subscribe(principal, asked, sink),
            formatted,
            ended,
          }),
      )
    })
  }

  /** Tells everybody who has not been told by the bus. */
  close(): void {
    this.#texts.close()
  }
}
