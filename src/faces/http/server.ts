import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { Sessions } from '../../access/sessions.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { NativeLimits } from '../native/connection.js'
import { NativeServer, type NativeServerOptions } from '../native/server.js'
import { AccessLog } from '../shared/access-log.js'
import { LongWork } from '../shared/long-work.js'
import { EventTexts } from '../web/event-text.js'
import { type WebListen, WebListener } from '../web/listener.js'
import { AccessLines } from './access-lines.js'
import { makeApp } from './app.js'
import { DEFAULT_HTTP_LIMITS, type HttpContext, type HttpLimits } from './context.js'
import { Guard } from './guard.js'
import { problemAnswer } from './problem.js'
import type { Route, UpgradeRoute } from './route.js'
import { httpRoutes, upgradeRoutes } from './routes.js'
import { Tickets } from './streams/tickets.js'

export interface HttpServerOptions
  extends Omit<
    HttpContext,
    | 'limits'
    | 'sessions'
    | 'stopping'
    | 'tickets'
    | 'texts'
    | 'native'
    | 'longWork'
    | 'longOutput'
    | 'accessLines'
  > {
  limits?: Partial<HttpLimits>
  /** Numbers the sessions of all faces; default: those of this server only. */
  sessions?: Sessions
  /** Limits of native-protocol sessions over a WebSocket. */
  sessionLimits?: Partial<NativeLimits>
  /** Largest event that any face of the hub accepts; default: that of the bus. */
  maxFrame?: number
  /** Called for every connection that is closed because of its input. */
  refused?: NativeServerOptions['refused']
  /** Names of this hub in the header `host`, in addition to `localhost` and addresses. */
  hosts?: readonly string[]
  /** Origins whose pages may use the hub. Default: none. */
  origins?: readonly string[]
}

/** HTTP, server-sent events and WebSockets, on any number of addresses. */
export class HttpServer {
  /** For tests with `inject()`. */
  readonly app: FastifyInstance
  readonly limits: HttpLimits
  readonly guard: Guard
  readonly routes: readonly Route[]
  readonly #native: NativeServer
  readonly #context: HttpContext
  readonly #upgrades: ReadonlyMap<string, UpgradeRoute>
  readonly #listener: WebListener

  constructor(options: HttpServerOptions) {
    this.limits = { ...DEFAULT_HTTP_LIMITS, ...options.limits }
    this.guard = new Guard({ hosts: [], origins: [], ...options })
    const { bus, maxFrame: largestFrame, runtime, sessionLimits, types } = options
    const { sessions = new Sessions(runtime) } = options
    this.#native = new NativeServer({ ...options, sessions, largestFrame, limits: sessionLimits })
    this.#context = {
      ...options,
      sessions,
      native: this.#native,
      limits: this.limits,
      tickets: new Tickets(runtime),
      accessLines: new AccessLines(options.reporting?.access ?? new AccessLog(), runtime),
      longWork: new LongWork(runtime),
      longOutput: new LongWork(runtime, { isSmall: true, what: 'long output' }),
      texts: new EventTexts({ epoch: bus.epoch, typeOf: types.typeOf }),
      stopping: () => this.#listener.stopping,
    }
    const upgrades = upgradeRoutes(this.#context)
    this.routes = httpRoutes(this.#context, upgrades)
    this.#upgrades = new Map(upgrades.map((each) => [each.path, each]))
    this.app = makeApp(this.routes, [...this.#upgrades.keys()], this.guard, this.#context)
    this.#listener = new WebListener({
      runtime,
      limits: this.limits,
      budgets: options.budgets,
      answerError: problemAnswer,
      request: (request, response) => {
        this.#context.accessLines.follow(request, response)
        this.app.routing(request, response)
      },
      upgrade: (request, socket, head) => this.#upgrade(request, socket, head),
    })
  }

  get connections(): number {
    return this.#listener.connections
  }

  /** Resolves with the address, such as `http://127.0.0.1:4580`. */
  async listen(listen: WebListen): Promise<string> {
    await this.app.ready()
    return this.#listener.listen(listen)
  }

  /** Frees all addresses, and keeps the connections. */
  unbind(): void {
    this.#listener.unbind()
  }

  /** Listens at the same addresses again. */
  bind(): Promise<void> {
    return this.#listener.bind()
  }

  /** Takes over other limits, for what begins from now on. */
  limit(limits: HttpLimits): void {
    Object.assign(this.limits, limits)
    this.#listener.limit(limits)
  }

  /** Accepts no new requests; requests in progress continue. */
  drain(): void {
    this.#listener.drain()
  }

  /** Says goodbye to everybody, while the hub goes on. */
  leave(reason: string): Promise<void> {
    this.drain()
    this.#listener.endStreams(reason)
    return this.#close(this.#native.leave(reason), reason)
  }

  /** Waits a limited time for the requests in progress. */
  close(): Promise<void> {
    this.drain()
    return this.#close(this.#native.close())
  }

  async #close(native: Promise<void>, reason?: string): Promise<void> {
    for (const route of this.#upgrades.values()) route.close?.(reason)
    await Promise.all([native, this.#listener.close()])
    await this.app.close()
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    this.guard.checkOrigin(request)
    const [path, search] = (request.url ?? '/').split('?', 2)
    const route = this.#upgrades.get(path)
    if (route === undefined) throw new TocsinError('TCN_HTTP_ROUTE')
    const query = new URLSearchParams(search)
    const identity = await this.guard.admit(route.right, request, () => route.identify?.(query, request))
    this.#context.accessLines.upgraded(request, identity.principal)
    route.handle({ ...identity, query, request, socket, head })
  }
}
