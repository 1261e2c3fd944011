import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { common, leaveBodiesToRoutes, methodsAt } from '../../web/app.js'
import { errorOf } from '../../web/error-answer.js'
import { corsHeaders, encodeAnswer, errorAnswer, preflightHeaders } from './answer.js'
import { readData } from './body.js'
import type { RestContext } from './context.js'
import { streamEvents } from './events.js'
import { type Admission, forward } from './forward.js'
import { publishHook } from './hook.js'
import { issueTokens, login, logout } from './login.js'

/** Returns the value that is sent as JSON or YAML; the value of a `raw` route is ignored. */
type Handle = (request: FastifyRequest, reply: FastifyReply) => unknown

interface Route {
  method: 'GET' | 'POST'
  path: string
  handle: Handle
  /** True if the route sends the answer itself. */
  raw?: boolean
}

const CLIENTS = [
  'local',
  'local_async',
  'local_batch',
  'local_subset',
  'runner',
  'runner_async',
  'ssh',
  'wheel',
  'wheel_async',
]

/** The paths of rest_cherrypy as a fastify application. */
export function makeApp(context: RestContext): FastifyInstance {
  const app = fastify({
    ...common,
    routerOptions: { maxParamLength: 2048, ignoreTrailingSlash: true },
    frameworkErrors: (thrown, request, reply) => sendError(request, reply, thrown),
  })
  leaveBodiesToRoutes(app, context.runtime)
  app.setErrorHandler((thrown, request, reply) => sendError(request, reply, thrown))
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers(corsHeaders(request.headers))
    if (request.method === 'OPTIONS') await answerOptions(request, reply)
  })
  const routes = routesOf(context)
  for (const { method, path, handle, raw } of routes) {
    app.route({
      method,
      url: path,
      handler: async (request, reply) => {
        const answer = await handle(request, reply)
        if (raw === true) return reply
        const { type, body } = encodeAnswer(request.raw, answer)
        return reply.header('content-type', type).send(body)
      },
    })
  }
  app.setNotFoundHandler((request, reply) => {
    const [asked] = request.url.split('?', 1)
    const allowed = methodsAt(routes, asked)
    if (allowed.length === 0) return sendError(request, reply, new TocsinError('TCN_HTTP_ROUTE'))
    return sendError(
      request,
      reply,
      new TocsinError('TCN_HTTP_METHOD', undefined, { details: { allow: allowed } }),
    )
  })
  return app
}

function routesOf(context: RestContext): Route[] {
  const get = (path: string, handle: Handle): Route => ({ method: 'GET', path, handle })
  const post = (path: string, handle: Handle): Route => ({ method: 'POST', path, handle })
  const master = (method: Route['method'], path: string, admission: Admission = 'session'): Route => ({
    method,
    path,
    raw: true,
    handle: (request, reply) => forward(context, request, reply, admission),
  })
  const { webhookUrl } = context.settings
  return [
    get('/', () => ({ return: 'Welcome', clients: CLIENTS })),
    get('/login', pleaseLogIn),
    post('/login', (request, reply) => login(context, request, reply)),
    post('/logout', (request, reply) => logout(context, request, reply)),
    post('/token', (request, reply) => issueTokens(context, request, reply)),
    { ...get('/events', (request, reply) => streamEvents(context, request, reply)), raw: true },
    get('/ws', (request) => noWebSocket(context, request)),
    get('/ws/:token', (request) => noWebSocket(context, request)),
    post(webhookUrl, (request, reply) => acceptHook(context, request, reply, '')),
    post(`${webhookUrl}/*`, (request, reply) => {
      return acceptHook(context, request, reply, (request.params as Record<string, string>)['*'])
    }),
    master('POST', '/'),
    master('POST', '/run', 'none'),
    ...['/minions', '/minions/:mid', '/jobs', '/jobs/:jid', '/keys', '/keys/:mid', '/stats'].map((path) =>
      master('GET', path),
    ),
    master('POST', '/minions'),
    master('POST', '/keys'),
  ]
}

function pleaseLogIn(_request: FastifyRequest, reply: FastifyReply) {
  void reply.header('WWW-Authenticate', 'Session')
  return { status: null, return: 'Please log in' }
}

/** Handles requests without an upgrade: WebSockets do not reach these routes. */
async function noWebSocket({ tokens }: RestContext, request: FastifyRequest): Promise<never> {
  const { token } = request.params as { token?: string }
  await tokens.admit(request.raw, new URL(request.url, 'http://here').searchParams, token)
  throw new TocsinError('TCN_HTTP_HEADER', 'the request is not a valid WebSocket upgrade request')
}

async function acceptHook(context: RestContext, request: FastifyRequest, reply: FastifyReply, path: string) {
  const { settings, tokens } = context
  const session = settings.webhookDisableAuth ? undefined : (await tokens.admit(request.raw)).session
  const caller = session?.principal
  const body = await readData(context, request, reply, {
    limit: settings.maxRequestBodySize,
    principal: caller?.name,
  })
  await publishHook(context, { request: request.raw, path, body, caller })
  if (caller !== undefined) void reply.header('Cache-Control', 'private')
  return { success: true }
}

async function answerOptions(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  await reply.code(200).headers(preflightHeaders(request.headers)).send('')
}

function sendError(request: FastifyRequest, reply: FastifyReply, thrown: unknown): FastifyReply {
  const { status, headers, body } = errorAnswer(errorOf(thrown))
  return reply
    .code(status)
    .headers({ ...corsHeaders(request.headers), ...headers })
    .send(Buffer.from(body))
}
