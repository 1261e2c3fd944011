import { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { adopt } from '../../parts/accepted.js'

const READ_BYTES = 64 * 1024

/** One buffer for all connections. Its bytes are parsed, and copied if they are kept, before the next read. */
const shared = Buffer.allocUnsafeSlow(READ_BYTES)

/** Undocumented properties of an accepted socket, which are checked before they are used. */
interface Internals {
  _handle?: { useUserBuffer?: unknown; readStart?: unknown } | null
  _server?: unknown
}

/**
 * Lets an accepted socket read into one buffer that all sockets share. Otherwise Node allocates 64 KiB for every
 * read, which is half of the garbage collector's work in a busy hub. Node offers this option (`onread`) only for
 * sockets that connect, so the handle is moved to a new socket with the option. If the handle does not have the
 * expected methods, the socket is returned unchanged. The server must accept with `pauseOnConnect`. `most`: bytes of one
 * read, at most 64 KiB.
 */
export function shareReads(accepted: Socket, most = READ_BYTES): Socket {
  const old = accepted as Internals
  const handle = old._handle
  if (typeof handle?.useUserBuffer !== 'function') return accepted.resume()
  const socket: Socket = new Socket({
    handle,
    onread: {
      buffer: shared.subarray(0, most),
      callback(bytes: number) {
        socket.emit('data', shared.subarray(0, bytes))
        return true
      },
    },
  } as ConstructorParameters<typeof Socket>[0])
  // The server counts its sockets, and is closed only when the last one is closed.
  ;(socket as Internals)._server = old._server
  old._server = null
  old._handle = null
  adopt(socket)
  return socket
}

/** Event that the old socket emits with the new one as its argument. */
export const LEFT_HTTP = 'left-http'

/**
 * Moves the connection of an HTTP stream to a socket of its own, and closes the old one. A stream has no end, and
 * while it lasts Node keeps its request, its response and the parser: more memory than the hub itself needs for a
 * reader. The socket is returned unchanged if the handle does not have the expected methods, if it uses TLS, or if
 * output waits for the peer. Call it in a turn of its own: Node's parser fails if its socket is closed while it reads.
 */
export function leaveHttp(socket: Socket): Socket {
  const old = socket as Internals
  const handle = old._handle
  const isReady = socket.writable && socket.writableLength === 0
  if (typeof handle?.readStart !== 'function' || socket instanceof TLSSocket || !isReady) return socket
  // Takes the handle back from the parser, which reads from it directly, bypassing the socket.
  socket.on('data', ignore)
  const next = new Socket({ handle } as ConstructorParameters<typeof Socket>[0])
  // The server counts its sockets, and is closed only when the last one is closed.
  ;(next as Internals)._server = old._server
  old._server = null
  old._handle = null
  adopt(next)
  next.on('error', ignore)
  // A peer must send nothing after the request of a stream; it would no longer be parsed as HTTP.
  next.on('data', destroy)
  socket.emit(LEFT_HTTP, next)
  socket.destroy()
  return next
}

function ignore(): void {}

function destroy(this: Socket): void {
  this.destroy()
}
