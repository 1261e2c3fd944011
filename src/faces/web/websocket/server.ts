import type { Socket } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import type { ErrorCode } from '../../../errors/tocsin-error.js'
import type { Runtime } from '../../../event/runtime.js'
import { type HalfReceived, HeldBytes } from '../../shared/budget.js'

export interface WebSocketServerLimits {
  /** Largest message, bytes. */
  message: number
  /** Most parts of one message. */
  fragments: number
  /** Time that the closing handshake may take, ms. */
  closeTimeout: number
}

/**
 * Creates a server for sockets that have left HTTP. Messages are not compressed, which would cost too much memory for
 * each peer. Without `subprotocols`, any that a client offers is accepted.
 */
export function webSocketServer(
  { message, fragments, closeTimeout }: WebSocketServerLimits,
  subprotocols?: readonly string[],
): WebSocketServer {
  return new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    // By itself, ws ends a connection without a close frame if more than 60 pings come at once.
    autoPong: false,
    maxPayload: message,
    maxFragments: fragments,
    closeTimeout,
    ...(subprotocols !== undefined && {
      handleProtocols: (offered: Set<string>) => subprotocols.find((each) => offered.has(each)) ?? false,
    }),
  } as ConstructorParameters<typeof WebSocketServer>[0])
}

/** Answers pings; of those that come while much waits to be sent, only the latest (RFC 6455, section 5.5.3). */
export function answerPings(webSocket: WebSocket, socket: Socket): void {
  let latest: Buffer | undefined
  const answer = () => {
    if (latest !== undefined && webSocket.readyState === webSocket.OPEN) webSocket.pong(latest)
    latest = undefined
  }
  webSocket.on('ping', (data: Buffer) => {
    const mustWait = socket.writableNeedDrain
    if (mustWait && latest === undefined) socket.once('drain', answer)
    latest = data
    if (!mustWait) answer()
  })
}

export interface HalfMessageOptions {
  runtime: Runtime
  halfReceived: HalfReceived
  /** Closes the connection. */
  end(reason: ErrorCode): void
}

/** Bytes of the header of a short, masked frame. */
const CONTROL_HEADER_BYTES = 6
/** Time that a refused client has to read the reason, ms. Its answer is not awaited, since nothing more is read. */
const CUT_AFTER_MS = 1000

/**
 * Counts the bytes that `ws` keeps of a message until it is complete, as part of the budget that all connections
 * share. The connection ends when the budget is exceeded.
 */
export function boundHalfMessages(
  webSocket: WebSocket,
  socket: Socket,
  { runtime, halfReceived, end }: HalfMessageOptions,
): void {
  const held = new HeldBytes(halfReceived)
  let isOver = false
  const hold = (bytes: number) => {
    if (held.set(Math.max(0, bytes)) || isOver) return
    isOver = true
    end('TCN_PROTOCOL_TOO_MANY')
    webSocket.pause()
    runtime.after(CUT_AFTER_MS, () => webSocket.terminate())
  }
  const control = (data: Buffer) => hold(held.bytes - data.length - CONTROL_HEADER_BYTES)
  // Called before `ws` reads the chunk. Bytes after a whole message are not counted: at most one chunk.
  socket.prependListener('data', (chunk: Buffer) => hold(held.bytes + chunk.length))
  webSocket.on('message', () => hold(0))
  webSocket.on('ping', control)
  webSocket.on('pong', control)
  webSocket.on('close', () => held.set(0))
}
