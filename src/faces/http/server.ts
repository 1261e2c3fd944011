import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { TocsinError } from '../../event/errors.js'
import { EventTexts } from '../formats/event-text.js'
import { errorOf } from '../web/error-of.js'
import { type WebListen, WebListener } from '../web/listener.js'
import { rawRefusal } from '../web/refusal.js'
import { makeApp } from './app.js'
import type { HttpContext } from './context.js'
import { Guard } from './guard.js'
import { DEFAULT_HTTP_LIMITS, type HttpLimits } from './limits.js'
import { problemRefusal } from './problem.js'
import type { Route, UpgradeRoute } from './route.js'
import { httpRoutes, upgradeRoutes } from './routes.js'
import { Tickets } from './ticket.js'

export interface HttpServerOptions extends Omit<HttpContext, 'limits' | 'stopping' | 'tickets' | 'texts'> {
  limits?: Partial<HttpLimits>
  /** Names of this hub in the header `host`, beside `localhost` and addresses. */
  hosts?: readonly string[]
  /** Origins whose pages may use the hub. Default: none. */
  origins?: readonly string[]
}

/** HTTP for whoever connects, on any number of addresses. */
export class HttpServer {
  /** For tests by `inject()`. */
  readonly app: FastifyInstance
  readonly limits: HttpLimits
  readonly guard: Guard
  readonly routes: readonly Route[]
  readonly #context: HttpContext
  readonly #upgrades: ReadonlyMap<string, UpgradeRoute>
  readonly #listener: WebListener

  constructor(options: HttpServerOptions) {
    this.limits = { ...DEFAULT_HTTP_LIMITS, ...options.limits }
    this.guard = new Guard({ hosts: [], origins: [], ...options })
    const { bus, runtime, types } = options
    this.#context = {
      ...options,
      limits: this.limits,
      tickets: new Tickets(runtime),
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
      refuse: problemRefusal,
      request: (request, response) => this.app.routing(request, response),
      upgrade: (request, socket, head) => void this.#upgrade(request, socket, head),
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

  /** No new requests; those under way go on. */
  drain(): void {
    this.#listener.drain()
  }

  /** Waits for the requests under way, but not for long. */
  async close(): Promise<void> {
    this.drain()
    for (const route of this.#upgrades.values()) route.close?.()
    await this.#listener.close()
    await this.app.close()
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    try {
      this.guard.checkPlace(request)
      const [path, search] = (request.url ?? '/').split('?', 2)
      const route = this.#upgrades.get(path)
      if (route === undefined) throw new TocsinError('TCN_HTTP_ROUTE')
      const query = new URLSearchParams(search)
      const identity = await this.guard.admit(route.right, request, () => route.identify?.(query, request))
      route.handle({ ...identity, query, request, socket, head })
    } catch (thrown) {
      socket.end(rawRefusal(problemRefusal(errorOf(thrown))))
    }
  }
}
