import type { IncomingMessage } from 'node:http'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { TocsinError } from '../../errors/tocsin-error.js'
import { begin } from '../../parts/work.js'
import { tokenEnded } from '../shared/listener.js'
import { common, leaveBodiesToRoutes, methodsAt } from '../web/app.js'
import { heldUntilAnswered } from '../web/body.js'
import { compressAnswers } from '../web/compression.js'
import { errorOf } from '../web/error-answer.js'
import type { HttpContext } from './context.js'
import { corsHeaders, preflightHeaders } from './cors.js'
import type { Guard } from './guard.js'
import { parseQuery, queryError, readJson } from './input.js'
import { problemHeaders, problemOf } from './problem.js'
import type { Route, RouteCall } from './route.js'

/**
 * Builds the routes into a fastify application, with guarded requests, limited bodies, and errors as problems; one route
 * in each step, since all of them take longer than others should wait.
 */
export function* makeApp(
  routes: readonly Route[],
  upgradePaths: readonly string[],
  guard: Guard,
  context: HttpContext,
): Generator<void, FastifyInstance> {
  const app = fastify({
    ...common,
    bodyLimit: context.limits.body,
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: (thrown, _request, reply) => sendProblem(reply, errorOf(thrown)),
  })
  leaveBodiesToRoutes(app, context.runtime)
  compressAnswers(app)
  app.setErrorHandler((thrown, _request, reply) => sendProblem(reply, errorOf(thrown)))
  app.setNotFoundHandler((request, reply) => sendProblem(reply, notFound(routes, upgradePaths, request)))
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
    void reply.headers(corsHeaders(guard.checkOrigin(request.raw)))
  })
  for (const route of routes) {
    register(app, route, guard, context)
    yield
  }
  yield* preflight(app, routes)
  return app
}

function register(app: FastifyInstance, route: Route, guard: Guard, context: HttpContext): void {
  app.route({
    method: route.method,
    url: route.path,
    // The body is read after the caller's rights have been checked.
    handler: async (request, reply) => {
      const query = checkQuery(route, request.query)
      const identity = await guard.admit(
        route.right,
        request.raw,
        () => route.identify?.(query, request.raw) ?? context.console?.logins.identify(request.raw),
      )
      begin({ face: 'http', what: route.path, principal: identity.principal.name })
      context.accessLines.admitted(request.raw, identity.principal, route)
      const held = heldUntilAnswered(reply.raw, context.budgets)
      const own = { principal: identity.principal, held, signal: abortSignal(reply, identity.ended) }
      const body =
        route.body?.read === 'json' ? await readJson(request.raw, route.body, context, own) : undefined
      const call: RouteCall = {
        ...identity,
        ...own,
        query,
        params: request.params as Record<string, string>,
        body,
        request,
        reply,
      }
      const answer = await route.handle(call)
      if (answer === undefined) return reply
      return reply.send(answer)
    },
  })
}

/** Answers preflight requests, which carry no token: only the origin decides what they may ask for. */
function* preflight(app: FastifyInstance, routes: readonly Route[]): Generator<void> {
  for (const path of new Set(routes.map((route) => route.path))) {
    const asked = routes.filter((route) => route.path === path && route.options !== undefined)
    app.options(path, (request, reply) => {
      const allow = methodsAt(routes, path).join(', ')
      const own = Object.assign({}, ...asked.map((route) => route.options?.(request)))
      return reply
        .code(Object.keys(own).length > 0 ? 200 : 204)
        .headers({ allow, ...own, ...(isCors(reply) ? preflightHeaders(request.headers, allow) : {}) })
        .send()
    })
    yield
  }
}

function isCors(reply: FastifyReply): boolean {
  return reply.getHeader('access-control-allow-origin') !== undefined
}

function checkQuery(route: Route, query: unknown): unknown {
  const given = Object.assign({}, query)
  if (route.query === undefined) {
    const [name] = Object.keys(given)
    if (name === undefined) return given
    throw queryError(name, 'this path has no such parameter')
  }
  return parseQuery(route.query, given)
}

function notFound(
  routes: readonly Route[],
  upgradePaths: readonly string[],
  request: FastifyRequest,
): TocsinError {
  const path = pathOf(request.raw)
  if (upgradePaths.includes(path)) {
    return new TocsinError('TCN_HTTP_UPGRADE')
  }
  const methods = methodsAt(routes, path)
  return methods.length === 0
    ? new TocsinError('TCN_HTTP_ROUTE')
    : new TocsinError('TCN_HTTP_METHOD', undefined, { details: { allow: methods } })
}

function pathOf({ url }: IncomingMessage): string {
  return (url ?? '/').split('?', 1)[0]
}

function sendProblem(reply: FastifyReply, error: TocsinError): FastifyReply {
  const problem = problemOf(error)
  return reply
    .code(problem.status)
    .headers(problemHeaders(problem, error))
    .send(Buffer.from(JSON.stringify(problem)))
}

/**
 * Returns a signal that is aborted when the connection closes before the answer is complete, or when the credentials
 * are no longer valid.
 */
function abortSignal(reply: FastifyReply, ended: AbortSignal | undefined): AbortSignal {
  const abort = new AbortController()
  const end = () => abort.abort(tokenEnded())
  if (ended?.aborted) end()
  ended?.addEventListener('abort', end)
  reply.raw.once('close', () => {
    ended?.removeEventListener('abort', end)
    if (!reply.raw.writableFinished)
      abort.abort(new TocsinError('TCN_CLIENT_ABORTED', 'the client closed the connection'))
  })
  return abort.signal
}
