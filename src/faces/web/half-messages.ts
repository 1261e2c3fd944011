import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { ErrorCode } from '../../event/errors.js'
import type { Runtime } from '../../event/runtime.js'
import { type HalfReceived, HeldBytes } from '../held-bytes.js'

export interface HalfMessageOptions {
  runtime: Runtime
  halfReceived: HalfReceived
  /** Closes the connection; the reason is a code of the catalogue. */
  end(reason: ErrorCode): void
}

/** Of a short frame of a client. */
const CONTROL_HEADER = 6
const TOO_MUCH = 'TCN_PROTOCOL_TOO_MANY'
/** How long a connection has to read that, ms. Nothing is read of it any more, so its answer would not be seen. */
const CUT_AFTER = 1000

/**
 * `ws` keeps what has come of a message until it is complete: it is counted here, among what all connections share.
 * Where that is too much the connection ends.
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
    end(TOO_MUCH)
    webSocket.pause()
    runtime.after(CUT_AFTER, () => webSocket.terminate())
  }
  const control = (data: Buffer) => hold(held.bytes - data.length - CONTROL_HEADER)
  // Before `ws` takes it: what follows a whole message in one piece is not counted, and never more than that piece.
  socket.prependListener('data', (chunk: Buffer) => hold(held.bytes + chunk.length))
  webSocket.on('message', () => hold(0))
  webSocket.on('ping', control)
  webSocket.on('pong', control)
  webSocket.on('close', () => held.set(0))
}
