import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { HeldBytes } from '../held-bytes.js'

/** Of a short frame of a client. */
const CONTROL_HEADER = 6

/**
 * `ws` keeps what has come of a message until it is complete: it is counted here, among what all connections share.
 * `tooMuch` ends the connection; nothing more is read from it.
 */
export function countHalfMessages(
  webSocket: WebSocket,
  socket: Socket,
  held: HeldBytes,
  tooMuch: () => void,
): void {
  let isOver = false
  const hold = (bytes: number) => {
    if (held.set(Math.max(0, bytes)) || isOver) return
    isOver = true
    tooMuch()
    webSocket.pause()
  }
  const control = (data: Buffer) => hold(held.bytes - data.length - CONTROL_HEADER)
  // Before `ws` takes it: what follows a whole message in one piece is not counted, and never more than that piece.
  socket.prependListener('data', (chunk: Buffer) => hold(held.bytes + chunk.length))
  webSocket.on('message', () => hold(0))
  webSocket.on('ping', control)
  webSocket.on('pong', control)
  webSocket.on('close', () => held.set(0))
}
