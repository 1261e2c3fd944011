import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { Identity } from '../../access/identify.js'
import type { Principal } from '../../bus/principal.js'
import type { Method } from '../../methods/method.js'
import type { HeldBytes } from '../shared/budget.js'

/**
 * The right that a caller needs, or several of which one is enough; `none`: no token is required; `any`: any valid
 * token. It is checked before the route is called, which then covers only what the right extends to.
 */
export type RouteRight = 'none' | 'any' | Method['right']

/** One method of one path. Registration, guard and OpenAPI are derived from it. */
export interface Route<Query = unknown, Body = unknown> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** In the notation of fastify: `/v1/events/:cursor`. */
  readonly path: string
  readonly summary: string
  /** Further sentences about it. */
  readonly notes?: string
  readonly right: RouteRight
  readonly query?: z.ZodType<Query>
  readonly body?: RouteBody<Body>
  /** True if browsers load it as a page. */
  readonly isPage?: boolean
  /** By status. Problems need not be listed. */
  readonly answers: Readonly<Record<number, RouteAnswer>>
  /** Headers that the route reads, for the documentation. */
  readonly headers?: Readonly<Record<string, string>>
  /** Identifies a caller without the header `Authorization`, for example by a ticket. */
  identify?(query: Query, request: IncomingMessage): Identity | undefined | Promise<Identity | undefined>
  /** Headers that the route adds to the answer to a request with OPTIONS. */
  options?(request: FastifyRequest): Record<string, string>
  /** The returned value is sent as JSON; undefined if the route has sent the answer itself. */
  handle(call: RouteCall<Query, Body>): unknown
}

export interface RouteBody<Body = unknown> {
  /** The content of each media type. */
  readonly types: Readonly<Record<string, { schema: z.ZodType; description?: string }>>
  /** `json`: read, bounded and checked against the schema before the route is called; `stream`: read by the route. */
  readonly read: 'json' | 'stream'
  readonly schema?: z.ZodType<Body>
}

export interface RouteAnswer {
  readonly description: string
  /** The media types that a client can have it in; default: JSON. */
  readonly type?: string | readonly string[]
  readonly schema?: z.ZodType
  /** Each line of the answer as NDJSON, for routes that can answer so. */
  readonly line?: z.ZodType
  /** The content of further media types. */
  readonly others?: Readonly<Record<string, z.ZodType>>
}

export interface RouteCall<Query = unknown, Body = unknown> {
  /** `NOBODY` if the route requires no token. */
  readonly principal: Principal
  /** Aborted when the credentials become invalid: streams then end. One that ends earlier removes its listener. */
  readonly ended?: AbortSignal
  /** On what a login that begins with this request stands. */
  readonly proof?: Identity['proof']
  readonly query: Query
  readonly params: Readonly<Record<string, string>>
  readonly body: Body
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  /** The memory that the request uses for its body until it is answered. */
  readonly held: HeldBytes
  /** Aborted when the client disconnects before it has its answer, or when `ended` is aborted. */
  readonly signal: AbortSignal
}

/** Checks a route against its own types, which the table of all routes does not have. */
export function route<Query = unknown, Body = unknown>(definition: Route<Query, Body>): Route {
  return definition as Route
}

/** A path on which the connection leaves HTTP: the guard has checked the request, and the route owns the socket. */
export interface UpgradeRoute {
  readonly path: string
  readonly summary: string
  readonly right: RouteRight
  /** For the documentation: the route checks its query itself. */
  readonly query?: z.ZodType
  identify?(
    query: URLSearchParams,
    request: IncomingMessage,
  ): Identity | undefined | Promise<Identity | undefined>
  handle(call: UpgradeCall): void
  /** Called when the hub stops, or the listener goes for a reason, to say goodbye to all peers still connected. */
  close?(reason?: string): void
}

export interface UpgradeCall {
  readonly principal: Principal
  /** As in `RouteCall`. */
  readonly ended?: AbortSignal
  readonly query: URLSearchParams
  readonly request: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
}
