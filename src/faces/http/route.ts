import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { Identity } from '../../access/identify.js'
import type { Principal } from '../../bus/principal.js'
import type { HeldBytes } from '../held-bytes.js'

/**
 * Who may call a route. `none`: no token is needed; `any`: everybody who has one; `admin`: asked before
 * the route is entered. `publish`, `see` and `consume` are filters over events and names: everybody with a
 * token comes in, and the route itself applies them.
 */
export type RouteRight = 'none' | 'any' | 'publish' | 'see' | 'consume' | 'admin'

/** One path: from this come registration, guard and OpenAPI. */
export interface Route<Query = unknown, Body = unknown> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** As fastify spells it: `/v1/events/:cursor`. */
  readonly path: string
  readonly summary: string
  readonly right: RouteRight
  readonly query?: z.ZodType<Query>
  readonly body?: RouteBody<Body>
  /** By status. Problem answers need not be named. */
  readonly answers: Readonly<Record<number, RouteAnswer>>
  /** Headers that the route reads, for the documentation. */
  readonly headers?: Readonly<Record<string, string>>
  /** Another way to say who it is, tried where there is no `Authorization`: a ticket. */
  identify?(query: Query): Identity | undefined | Promise<Identity | undefined>
  /** What it returns is sent as JSON, unless it is undefined: then the route has answered itself. */
  handle(call: RouteCall<Query, Body>): unknown
}

export interface RouteBody<Body = unknown> {
  /** Media types with what they carry. */
  readonly types: Readonly<Record<string, { schema: z.ZodType; description?: string }>>
  /** `json`: read, bounded and checked by the schema before the route is entered; `stream`: the route reads. */
  readonly read: 'json' | 'stream'
  readonly schema?: z.ZodType<Body>
}

export interface RouteAnswer {
  readonly description: string
  readonly type?: string
  readonly schema?: z.ZodType
}

export interface RouteCall<Query = unknown, Body = unknown> {
  /** `NOBODY` where the route asks for no token. */
  readonly principal: Principal
  /** Fires when the credentials hold no more: a stream ends then, and takes its listener off when it ends before. */
  readonly ended?: AbortSignal
  readonly query: Query
  readonly params: Readonly<Record<string, string>>
  readonly body: Body
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  /** What the request keeps of its body until it is answered. */
  readonly held: HeldBytes
  /** Aborted when the peer is gone before it has its answer, or `ended` fires. */
  readonly signal: AbortSignal
}

/** Keeps the types of one route while the table forgets them. */
export function route<Query = unknown, Body = unknown>(definition: Route<Query, Body>): Route {
  return definition as unknown as Route
}

/** A path that leaves HTTP: the guard has looked at it, and the socket is the route's. */
export interface UpgradeRoute {
  readonly path: string
  readonly summary: string
  readonly right: RouteRight
  identify?(
    query: URLSearchParams,
    request: IncomingMessage,
  ): Identity | undefined | Promise<Identity | undefined>
  handle(call: UpgradeCall): void
  /** The hub stops: says so to everybody who is still there. */
  close?(): void
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
