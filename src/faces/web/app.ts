import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyServerOptions } from 'fastify'
import type { Runtime } from '../../event/runtime.js'

/** Requests are checked and answers are written here, so no schema is ever compiled, nor the code for that loaded. */
function compileNothing(): never {
  throw new Error('the route has a schema')
}

/** Options of every application. */
export const common = {
  logger: false,
  forceCloseConnections: false,
  schemaController: {
    compilersFactory: { buildValidator: () => compileNothing, buildSerializer: () => compileNothing },
  },
} satisfies FastifyServerOptions

/** Makes an application leave bodies to its routes, since only they know the limits. */
export function leaveBodiesToRoutes(app: FastifyInstance, runtime: Runtime): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  app.addHook('onSend', async (request, reply) => {
    // Otherwise the rest of the body would be read as the next request, or read and discarded.
    if (request.raw.complete) return
    void reply.header('connection', 'close')
    lingerAfterAnswer(request.raw, runtime)
  })
}

/** Time in which nothing is read after an answer before the connection is closed forcibly, ms. */
const QUIET_MS = 1000
const CUT_AFTER_MS = 3000

/**
 * Closes the connection gently after an answer that was sent before the request's body was complete. Closing a socket
 * with unread bytes makes the system discard the answer, so the rest of the body is read and discarded for a while.
 * Reading starts after a pause: a client that writes continuously looks for an answer only when it has to wait.
 */
export function lingerAfterAnswer(request: IncomingMessage, runtime: Runtime): void {
  const { socket } = request
  const close = socket.destroySoon?.bind(socket)
  // Node calls it when the answer has been sent.
  socket.destroySoon = () => {
    if (request.complete) return close()
    socket.destroySoon = () => {}
    socket.end()
    request.removeAllListeners('readable')
    request.pause()
    runtime.soon(() => socket.pause())
    const discard = runtime.after(QUIET_MS, () => {
      request.on('data', () => {})
      request.resume()
      socket.resume()
    })
    const cut = runtime.after(CUT_AFTER_MS, () => socket.destroy())
    socket.once('close', () => {
      discard()
      cut()
    })
  }
}

/** The methods of all routes that match this path, for the header `Allow`: none if there is nothing at the path. */
export function methodsAt(routes: readonly { method: string; path: string }[], path: string): string[] {
  const methods = new Set(routes.filter((route) => matchesPath(route.path, path)).map(({ method }) => method))
  if (methods.size === 0) return []
  return [...methods, ...(methods.has('GET') ? ['HEAD'] : []), 'OPTIONS']
}

/** Returns whether a path matches a pattern such as `/v1/events/:cursor` or `/hook/*`. */
function matchesPath(pattern: string, path: string): boolean {
  const wanted = pattern.split('/')
  const given = path.split('/')
  if (pattern.endsWith('/*')) return given.slice(0, wanted.length - 1).join('/') === pattern.slice(0, -2)
  return wanted.length === given.length && wanted.every((part, i) => part[0] === ':' || part === given[i])
}
