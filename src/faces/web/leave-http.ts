import { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

/** What Node keeps of an accepted socket; not documented, so it is looked at before it is used. */
interface Internals {
  _handle?: { readStart?: unknown } | null
  _server?: unknown
}

/** Said by the old socket, with the new one. */
export const LEFT_HTTP = 'left-http'

/**
 * A stream has no end, and as long as it lasts Node keeps its request, its response and the parser: more than all
 * that the hub keeps of a reader. So the connection goes on as a socket of its own, and to Node the old one is
 * closed. It stays as it is where the handle is not what it was, where TLS stands between, and while something
 * waits for the peer.
 */
export function leaveHttp(socket: Socket): Socket {
  const old = socket as Internals
  const handle = old._handle
  const isReady = socket.writable && socket.writableLength === 0
  if (typeof handle?.readStart !== 'function' || socket instanceof TLSSocket || !isReady) return socket
  // Takes the handle back from the parser, which reads past the socket.
  socket.on('data', ignore)
  const next = new Socket({ handle } as ConstructorParameters<typeof Socket>[0])
  // The server counts its sockets, and is closed when the last has gone.
  ;(next as Internals)._server = old._server
  old._server = null
  old._handle = null
  next.on('error', ignore)
  // Behind the request of a stream nothing is expected, and nobody reads it as HTTP any more.
  next.on('data', destroy)
  socket.emit(LEFT_HTTP, next)
  socket.destroy()
  return next
}

function ignore(): void {}

function destroy(this: Socket): void {
  this.destroy()
}
