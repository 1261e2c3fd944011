import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { type SessionKind, StoredSessions } from '../../../access/stored-sessions.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { LongTexts } from '../../../incremental/long-text.js'
import { LongWork } from '../../../incremental/long-work.js'
import { type WebListen, WebListener } from '../../web/listener.js'
import { errorAnswer } from './answer.js'
import { makeApp } from './app.js'
import type { RestContext, RestLimits, RestOptions } from './context.js'
import { Eauth } from './eauth.js'
import { eventPieces } from './event-json.js'
import { sessionKinds, Tokens } from './sessions.js'
import { Upstream } from './upstream.js'
import { WebSockets } from './web-sockets.js'

type Logins = Pick<RestContext, 'eauth' | 'sessions' | 'saltTokens'>

async function openLogins(options: RestOptions): Promise<Logins> {
  const { access, name, numbers, runtime, sessionBucket: bucket, settings } = options
  const eauth = new Eauth({ ...options, find: (user) => access.find(user), settings: settings.eauth })
  const kinds = sessionKinds(name, settings)
  const open = (kind: SessionKind) =>
    StoredSessions.open({
      bucket,
      runtime,
      kind,
      numbers,
      access: {
        find: (user) => access.find(user),
        resume: (user, proof) => eauth.resume(user, proof) ?? access.resume(user, proof),
        onRemoved: (listener) => access.onRemoved(listener),
      },
    })
  return { eauth, sessions: await open(kinds.sessions), saltTokens: await open(kinds.saltTokens) }
}

/** A server with the interface of Salt's rest_cherrypy, for one Salt bus. */
export class RestServer {
  /** For tests with `inject()`. */
  readonly app: FastifyInstance
  readonly #context: RestContext
  readonly #webSockets: WebSockets
  readonly #listener: WebListener

  private constructor(options: RestOptions, { eauth, sessions, saltTokens }: Logins) {
    const { runtime, settings, limits, budgets } = options
    this.#context = {
      ...options,
      limits: { ...limits },
      sessions,
      saltTokens,
      tokens: new Tokens([sessions, saltTokens], settings),
      eauth,
      upstream: settings.upstream && new Upstream(settings.upstream, runtime),
      texts: new LongTexts(eventPieces),
      longWork: new LongWork(runtime),
      longOutput: new LongWork(runtime, { isSmall: true, what: 'long output' }),
    }
    this.#webSockets = new WebSockets(this.#context)
    this.app = makeApp(this.#context)
    this.#listener = new WebListener({
      runtime,
      limits: this.#context.limits,
      budgets,
      answerError: errorAnswer,
      request: (request, response) => this.app.routing(request, response),
      upgrade: (request, socket, head) => this.#upgrade(request, socket, head),
    })
  }

  static async open(options: RestOptions): Promise<RestServer> {
    return new RestServer(options, await openLogins(options))
  }

  get connections(): number {
    return this.#listener.connections
  }

  /** Resolves with the address, such as `http://127.0.0.1:8000`. */
  async listen(listen: WebListen): Promise<string> {
    await this.app.ready()
    return this.#listener.listen(listen)
  }

  /** Frees its address, and keeps the connections. */
  unbind(): void {
    this.#listener.unbind()
  }

  /** Listens at the same address again. */
  bind(): Promise<void> {
    return this.#listener.bind()
  }

  /** Takes over other limits, for what begins from now on. */
  limit(limits: RestLimits): void {
    Object.assign(this.#context.limits, limits)
    this.#listener.limit(limits)
  }

  drain(): void {
    this.#listener.drain()
  }

  /** Says goodbye to everybody, while the hub goes on. */
  leave(reason: string): Promise<void> {
    this.drain()
    this.#listener.endStreams(reason)
    return this.close()
  }

  async close(): Promise<void> {
    this.drain()
    this.#webSockets.close()
    await this.#listener.close()
    this.#context.sessions.close()
    this.#context.saltTokens.close()
    await this.app.close()
  }

  /** Handles `/ws` and `/ws/<token>`. */
  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://here')
    const path = /^\/ws(?:\/([^/]*))?\/?$/.exec(pathname)
    if (path === null) throw new TocsinError('TCN_HTTP_ROUTE')
    const { session } = await this.#context.tokens.admit(request, searchParams, path[1] || undefined)
    this.#webSockets.accept(request, socket, head, session, searchParams)
  }
}
