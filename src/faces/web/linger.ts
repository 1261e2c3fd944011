import type { IncomingMessage } from 'node:http'
import type { Runtime } from '../../event/runtime.js'

/** How long nothing is read behind an answer, and how long until the connection is cut, ms. */
const STILL = 1000
const LINGER = 3000

/**
 * For an answer that is complete before the body: nobody wants the rest, and it may have no end. But a connection
 * that is closed on bytes which were not read takes the answer with it, so the rest is passed over for a while.
 * Not at once: who writes without a pause looks at what has come only when it has to wait.
 */
export function lingerBehind(request: IncomingMessage, runtime: Runtime): void {
  const { socket } = request
  const close = socket.destroySoon?.bind(socket)
  // Node calls it when the answer has left.
  socket.destroySoon = () => {
    if (request.complete) return close()
    socket.destroySoon = () => {}
    socket.end()
    request.removeAllListeners('readable')
    request.pause()
    runtime.soon(() => socket.pause())
    const passOver = runtime.after(STILL, () => {
      request.on('data', () => {})
      request.resume()
      socket.resume()
    })
    const cut = runtime.after(LINGER, () => socket.destroy())
    socket.once('close', () => {
      passOver()
      cut()
    })
  }
}
