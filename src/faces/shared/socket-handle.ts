import { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

const READ_BYTES = 64 * 1024

/** One buffer for all connections: its bytes are parsed, and copied if they are kept, before the next read. */
const shared = Buffer.allocUnsafeSlow(READ_BYTES)

/** Undocumented properties of an accepted socket, which are checked before they are used. */
interface Internals {
  _handle?: { useUserBuffer?: unknown; readStart?: unknown } | null
  _server?: unknown
}

/**
 * Lets an accepted socket read into one buffer that all share, where Node would make 64 KiB anew for
 * every read: half of what its garbage collector has to do in a busy hub. Node offers that (`onread`)
 * only for sockets that connect, so the handle moves to a socket made with the option. Where the
 * handle is not what it was, the socket stays as it is. The server must accept with `pauseOnConnect`.
 */
export function shareReads(accepted: Socket): Socket {
  const old = accepted as Internals
  const handle = old._handle
  if (typeof handle?.useUserBuffer !== 'function') return accepted.resume()
  const socket: Socket = new Socket({
    handle,
    onread: {
      buffer: shared,
      callback(bytes: number) {
        socket.emit('data', shared.subarray(0, bytes))
        return true
      },
    },
  } as ConstructorParameters<typeof Socket>[0])
  // The server counts its sockets, and is closed when the last has gone.
  ;(socket as Internals)._server = old._server
  old._server = null
  old._handle = null
  return socket
}

/** Emitted by the old socket, with the new one. */
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
  // After the request of a stream nothing may follow, and nothing is parsed as HTTP any more.
  next.on('data', destroy)
  socket.emit(LEFT_HTTP, next)
  socket.destroy()
  return next
}

function ignore(): void {}

function destroy(this: Socket): void {
  this.destroy()
}
