import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Principal } from '../../bus/principal.js'
import type { NamedStreams } from '../../bus/streams/named-streams.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import { nextTurn } from '../../event/runtime.js'
import { LongWork } from '../../incremental/long-work.js'
import { TimeAtOnce } from '../../incremental/time-at-once.js'
import { AccessLog } from '../../observers/access-log.js'
import { Hooks } from '../../protocols/webhook/hooks.js'
import { cloudEventView } from '../../types/cloudevent-view.js'
import { StreamHost, type StreamHostOptions } from '../shared/streams/stream-host.js'
import { errorOf, refuseRequest } from '../web/error-answer.js'
import { EventTexts } from '../web/event-text.js'
import { type WebListen, WebListener } from '../web/listener.js'
import { AccessLines } from './access-lines.js'
import type { Console } from './console/console.js'
import { Links } from './console/links.js'
import { DEFAULT_HTTP_LIMITS, type HttpContext, type HttpLimits } from './context.js'
import { Guard } from './guard.js'
import { problemAnswer } from './problem.js'
import type { Site } from './site.js'
import { Tickets } from './streams/tickets.js'

export interface HttpServerOptions
  extends Omit<
    HttpContext,
    | 'limits'
    | 'sessions'
    | 'stopping'
    | 'tickets'
    | 'console'
    | 'view'
    | 'texts'
    | 'longWork'
    | 'longOutput'
    | 'accessLines'
    | 'hooks'
    | 'served'
  > {
  limits?: Partial<HttpLimits>
  /** The web console. Without it there is none. */
  console?: Omit<Console, 'links'>
  /** Default: none. */
  hooks?: Hooks
  /** The named streams. Default: none. */
  streams?: Pick<NamedStreams, 'find'>
  /** Reports a problem with a request that is served all the same. */
  warn?: StreamHostOptions['warn']
  /** Names of this hub in the header `host`, in addition to `localhost` and addresses. */
  hosts?: readonly string[]
  /** Origins whose pages may use the hub. Default: none. */
  origins?: readonly string[]
}

/** HTTP, server-sent events and WebSockets, on any number of addresses. */
export class HttpServer {
  readonly limits: HttpLimits
  readonly guard: Guard
  readonly #context: HttpContext
  readonly #listener: WebListener
  #making: Promise<Site> | undefined
  #site: Site | undefined

  constructor(options: HttpServerOptions) {
    this.limits = { ...DEFAULT_HTTP_LIMITS, ...options.limits }
    this.guard = new Guard({ hosts: [], origins: [], ...options })
    const { bus, runtime, types } = options
    const atOnce = new TimeAtOnce(runtime)
    const view = cloudEventView(bus, types)
    const console = options.console && { ...options.console, links: new Links(runtime) }
    this.#context = {
      ...options,
      sessions: options.native.sessions,
      hooks: options.hooks ?? new Hooks(),
      served: servedStreams(options),
      limits: this.limits,
      tickets: new Tickets(runtime),
      console,
      accessLines: new AccessLines(options.reporting?.access ?? new AccessLog(), runtime),
      longWork: new LongWork(runtime, { atOnce }),
      longOutput: new LongWork(runtime, { isSmall: true, what: 'long output', atOnce }),
      view,
      texts: new EventTexts(view),
      stopping: () => this.#listener.stopping,
    }
    this.#listener = new WebListener({
      runtime,
      atOnce,
      limits: this.limits,
      budgets: options.budgets,
      answerError: problemAnswer,
      loading: () => this.#loading(),
      request: (request, response) => {
        this.#context.accessLines.follow(request, response)
        if (this.#site === undefined) void this.#early(request, response)
        else this.#site.app.routing(request, response)
      },
      upgrade: (request, socket, head) => this.#upgrade(request, socket, head),
    })
  }

  /** Returns a ticket with which this principal logs in to the console once; undefined without a console. */
  ticketFor(principal: Principal): string | undefined {
    return this.#context.console?.links.issue({ principal })
  }

  get connections(): number {
    return this.#listener.connections
  }

  /** Resolves with the address, such as `http://127.0.0.1:4580`. */
  listen(listen: WebListen): Promise<string> {
    return this.#listener.listen(listen)
  }

  /** Serves a connection that somebody else has accepted. */
  accept(connection: Duplex): void {
    this.#listener.accept(connection)
  }

  /** Made for the first request: a hub starts in four fifths of the time, and many hubs get no request. */
  site(): Promise<Site> {
    this.#making ??= this.#makeSite()
    return this.#making
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
    return this.#close(this.#context.native.leave(reason), reason)
  }

  /** Waits a limited time for the requests in progress. */
  close(): Promise<void> {
    this.drain()
    return this.#close(this.#context.native.close())
  }

  async #close(native: Promise<void>, reason?: string): Promise<void> {
    const site = await this.#making?.catch(() => undefined)
    for (const route of site?.upgrades.values() ?? []) route.close?.(reason)
    await Promise.all([native, this.#listener.close()])
    this.#context.console?.logins.close()
    await this.#context.served?.host[Symbol.asyncDispose]()
    await site?.app.close()
  }

  /** The library and the routes are loaded in turns of their own, so that others wait for one of them only. */
  async #makeSite(): Promise<Site> {
    try {
      await import('fastify')
      await nextTurn(this.#context.runtime)
      const { makeSite } = await import('./site.js')
      await nextTurn(this.#context.runtime)
      this.#site = await makeSite(this.guard, this.#context)
      return this.#site
    } catch (thrown) {
      this.#making = undefined
      throw thrown
    }
  }

  /** Node answers a client that ends its side after its request only if the answer begins in the same turn. */
  #loading(): Promise<void> | undefined {
    if (this.#site !== undefined) return undefined
    return this.site().then(ignore, ignore)
  }

  async #early(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { app } = await this.site()
      if (!response.destroyed) app.routing(request, response)
    } catch (thrown) {
      refuseRequest(request, response, problemAnswer(errorOf(thrown)))
    }
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    this.guard.checkOrigin(request)
    const [path, search] = (request.url ?? '/').split('?', 2)
    const route = (await this.site()).upgrades.get(path)
    if (route === undefined) throw new TocsinError('TCN_HTTP_ROUTE')
    const query = new URLSearchParams(search)
    const identity = await this.guard.admit(route.right, request, () => route.identify?.(query, request))
    this.#context.accessLines.upgraded(request, identity.principal)
    route.handle({ ...identity, query, request, socket, head })
  }
}

function servedStreams(options: HttpServerOptions): HttpContext['served'] {
  const { streams, bus, runtime, authorize, types, warn = ignore } = options
  if (streams === undefined) return undefined
  const typeOfBytes = types.typeOfNeighbours()
  return { streams, host: new StreamHost({ bus, runtime, authorize, typeOfBytes, warn }) }
}

/** A site that cannot be made is tried again for each request, which says why it failed. */
function ignore(): void {}
