import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { Runtime } from '../../../event/runtime.js'
import type { LongWork } from '../../../incremental/long-work.js'
import type { HalfReceived } from '../../shared/budget.js'
import { ConnectionSet } from '../../shared/connection-set.js'
import { answerPings, boundHalfMessages } from './server.js'
import { type TextPeer, TextSocket, type TextSocketHost } from './text-socket.js'

export interface TextSocketsOptions {
  runtime: Runtime
  limits: TextSocketHost['limits']
  halfReceived: HalfReceived
  longWork?: LongWork
  longOutput?: LongWork
  closesPlainly?: boolean
}

/** All WebSockets of a face whose peers exchange text. */
export class TextSockets implements TextSocketHost {
  readonly limits: TextSocketHost['limits']
  readonly halfReceived: HalfReceived
  readonly longWork: LongWork | undefined
  readonly longOutput: LongWork | undefined
  readonly closesPlainly: boolean | undefined
  readonly #options: TextSocketsOptions
  readonly #sockets: ConnectionSet<TextSocket>

  constructor(options: TextSocketsOptions) {
    this.#options = options
    this.limits = options.limits
    this.halfReceived = options.halfReceived
    this.longWork = options.longWork
    this.longOutput = options.longOutput
    this.closesPlainly = options.closesPlainly
    this.#sockets = new ConnectionSet(options.runtime)
  }

  add(webSocket: WebSocket, socket: Socket, makePeer: (socket: TextSocket) => TextPeer): void {
    const added = new TextSocket(this, webSocket, socket, makePeer)
    answerPings(webSocket, socket)
    boundHalfMessages(webSocket, socket, { ...this.#options, end: (reason) => added.end(reason) })
    this.#sockets.add(added)
    added.peer.open?.()
  }

  /** Says goodbye to all peers whose subscriptions the bus has not already ended. */
  close(reason = 'the hub stops'): void {
    this.#sockets.close()
    for (const { peer } of this.#sockets) peer.goodbye(reason)
    this.#sockets.flush()
  }

  // ---- for the connections

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
