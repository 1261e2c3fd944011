import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { Runtime } from '../../event/runtime.js'
import { ConnectionSet } from '../connection-set.js'
import type { HalfReceived } from '../held-bytes.js'
import { boundHalfMessages } from './half-messages.js'
import { type TextPeer, TextSocket, type TextSocketHost } from './text-socket.js'

export interface TextSocketsOptions {
  runtime: Runtime
  limits: TextSocketHost['limits']
  halfReceived: HalfReceived
}

/** All sockets of a face whose peers speak text. */
export class TextSockets implements TextSocketHost {
  readonly limits: TextSocketHost['limits']
  readonly #options: TextSocketsOptions
  readonly #sockets: ConnectionSet<TextSocket>

  constructor(options: TextSocketsOptions) {
    this.#options = options
    this.limits = options.limits
    this.#sockets = new ConnectionSet(options.runtime)
  }

  add(webSocket: WebSocket, socket: Socket, makePeer: (socket: TextSocket) => TextPeer): void {
    const added = new TextSocket(this, webSocket, socket, makePeer)
    boundHalfMessages(webSocket, socket, { ...this.#options, end: (reason) => added.end(reason) })
    this.#sockets.add(added)
    added.peer.open?.()
  }

  /** Tells everybody who has not been told by the bus. */
  close(): void {
    this.#sockets.close()
    for (const { peer } of this.#sockets) peer.goodbye('the hub stops')
    this.#sockets.flush()
  }

  // ---- for the sockets

  now(): number {
    return this.#options.runtime.monotonic()
  }

  flushSoon(socket: TextSocket): void {
    this.#sockets.flushSoon(socket)
  }

  left(socket: TextSocket): void {
    this.#sockets.delete(socket)
  }
}
