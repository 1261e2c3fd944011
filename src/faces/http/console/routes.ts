import type { IncomingMessage } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Identity } from '../../../access/identify.js'
import { hasRight } from '../../../bus/principal.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { certificateOf } from '../../shared/listener.js'
import { contentCodings, varyByEncoding } from '../../web/compression.js'
import { hasAlready } from '../../web/document.js'
import { acceptedCoding } from '../../web/negotiate.js'
import { type HttpContext, NOBODY } from '../context.js'
import { type Route, type RouteCall, route } from '../route.js'
import type { Console } from './console.js'
import { cookieHeader, cookieOf } from './cookie.js'
import type { ConsoleFile } from './files.js'
import { issuerRoutes } from './issuer-routes.js'
import { CONSOLE_HEADER } from './logins.js'

/** The page uses only what comes from the hub, makes no code of text, and cannot be put into a frame. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ')

const session = z.object({
  principal: z.string(),
  admin: z.boolean(),
  owner: z.boolean().describe('Whether it owns the hub, and so may change rules from a browser.'),
  monitor: z.boolean(),
  see: z.boolean().describe('Whether it may see any event.'),
  publish: z.boolean().describe('Whether it may publish any event.'),
  consume: z.boolean().describe('Whether it may use any durable consumer.'),
  ask: z.boolean().describe('Whether it may ask edge hubs.'),
  hub: z.string(),
  version: z.string(),
  epoch: z.string(),
})

/** The page at `/`, its files, and the login. */
export function consoleRoutes(context: HttpContext, console: Console): Route[] {
  const { files, logins, links } = console
  const showPage = async ({ request, reply }: RouteCall) => {
    const { page, etag } = await files()
    void reply.headers({
      'content-security-policy': POLICY,
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-cache',
      etag,
    })
    return hasAlready(request, etag) ? reply.code(304).send() : send(request, reply, page)
  }
  const html = { 200: { description: 'The page.', type: 'text/html' } }
  const answers = { 200: { description: 'The principal that has logged in.', schema: session } }
  const view = ({ principal }: RouteCall) => ({
    principal: principal.name,
    admin: context.authorize(principal, 'admin'),
    owner: context.authorize(principal, 'owner'),
    monitor: context.authorize(principal, 'monitor'),
    see: hasRight(context.authorize, principal, 'see'),
    publish: hasRight(context.authorize, principal, 'publish'),
    consume: context.authorize(principal, 'consume'),
    ask: hasRight(context.authorize, principal, 'ask'),
    hub: context.hub.name,
    version: context.hub.version,
    epoch: context.bus.epoch,
  })
  return [
    ...['/', '/view/*'].map((path) =>
      route({
        method: 'GET',
        path,
        summary: 'Returns the web console.',
        right: 'none',
        isPage: true,
        query: z.looseObject({}),
        answers: html,
        handle: showPage,
      }),
    ),
    route({
      method: 'GET',
      path: '/console/:file',
      summary: 'Returns a file of the web console.',
      right: 'none',
      answers: { 200: { description: 'The file.', type: 'application/octet-stream' } },
      async handle({ params, request, reply }) {
        const file = (await files()).assets.get(params.file)
        if (file === undefined) throw new TocsinError('TCN_HTTP_ROUTE')
        void reply.header('cache-control', 'public, max-age=31536000, immutable')
        return send(request, reply, file)
      },
    }),
    route({
      method: 'GET',
      path: '/v1/session',
      summary: 'Returns the principal that has logged in to the console.',
      right: 'any',
      answers: { ...answers, 204: { description: 'To the console: nobody has logged in.' } },
      // A browser would show a refusal in its console as an error.
      identify: async (_query, request) => (await logins.identify(request)) ?? nobodyYet(request),
      handle: (call) => (call.principal === NOBODY.principal ? call.reply.code(204).send() : view(call)),
    }),
    route({
      method: 'POST',
      path: '/v1/session',
      summary: 'Logs in to the console, with the credentials of the request.',
      right: 'any',
      answers,
      identify: (_query, request) => links.identify(request),
      async handle(call) {
        const { request, reply, principal, ended, proof } = call
        const cookie = await logins.begin({ principal, ended, proof }, request.raw.socket.remoteAddress)
        void reply.header('set-cookie', cookieHeader(request.raw, cookie))
        return view(call)
      },
    }),
    route({
      method: 'DELETE',
      path: '/v1/session',
      summary: 'Logs out of the console.',
      right: 'none',
      answers: { 204: { description: 'The login is over.' } },
      async handle({ request, reply }) {
        await logins.end(request.raw)
        return reply.code(204).header('set-cookie', cookieHeader(request.raw, undefined)).send()
      },
    }),
    ...issuerRoutes(console),
  ]
}

/** Somebody with a certificate needs no login. */
function nobodyYet(request: IncomingMessage): Identity | undefined {
  const isConsole = request.headers[CONSOLE_HEADER] !== undefined && cookieOf(request) === undefined
  return isConsole && certificateOf(request.socket) === undefined ? NOBODY : undefined
}

function send(request: FastifyRequest, reply: FastifyReply, file: ConsoleFile): FastifyReply {
  void reply.header('content-type', file.type)
  varyByEncoding(reply)
  const coding = acceptedCoding(request, contentCodings)
  if (coding === undefined) return reply.send(file.plain)
  return reply.header('content-encoding', coding).send(file[coding])
}
