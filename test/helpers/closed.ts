import type { Socket } from 'node:net'

/** Waits until the peer has closed a socket. A peer that has not read all resets it, for which `once` of Node rejects. */
export function closed(socket: Socket): Promise<void> {
  socket.resume().on('error', () => {})
  return new Promise((resolve) => {
    if (socket.closed) resolve()
    else socket.once('close', () => resolve())
  })
}
