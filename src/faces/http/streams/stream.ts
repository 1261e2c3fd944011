import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { formatTime } from '../../../event/position.js'
import { EventStream, lastEventId } from '../../web/event-stream.js'
import { sseFormat, sseTexts } from '../../web/sse.js'
import type { HttpContext } from '../context.js'
import { type Route, route } from '../route.js'
import { type StreamQuery, streamQuery, subscribeRequest } from './stream-request.js'
import { TICKET_LIFE_MS } from './tickets.js'

export function streamRoutes(context: HttpContext): Route[] {
  const { longOutput, runtime, sessions } = context
  const texts = sseTexts(context.bus.epoch)
  const chunks = {
    format: sseFormat(context.texts, true),
    kind: { texts, runtime, longOutput, sessions, chunked: true },
  }
  const bare = {
    format: sseFormat(context.texts, false),
    kind: { texts, runtime, longOutput, sessions, chunked: false },
  }
  return [
    route<StreamQuery>({
      method: 'GET',
      path: '/v1/stream',
      summary: 'Streams server-sent events: with `from` past events first, then live events.',
      right: 'see',
      query: streamQuery,
      headers: {
        'last-event-id':
          'Cursor of the last event received; the stream continues after it. Takes precedence over `from`.',
      },
      identify: ({ ticket }) => (ticket === undefined ? undefined : context.tickets.take(ticket)),
      answers: {
        200: { description: 'The stream. It ends with an event `end`.', type: 'text/event-stream' },
      },
      async handle(call) {
        const { principal, query, request, reply } = call
        const { format, kind } = request.raw.httpVersion === '1.0' ? bare : chunks
        if (request.method === 'HEAD') return reply.headers(streamHeaders(reply)).send()
        // The stream goes straight to the socket, so the answers to earlier requests must be complete.
        if (reply.raw.socket === null) throw new TocsinError('TCN_HTTP_PIPELINING')
        const head = { response: reply.raw, headers: streamHeaders(reply) }
        const stream = new EventStream(request.raw.socket, head, kind, principal.name)
        const wanted = subscribeRequest(query, runtime.now())
        const subscription = await context.bus.subscribe(
          principal,
          {
            ...wanted,
            from: lastEventId(request.raw) ?? wanted.from,
            label: `sse ${request.ip}`,
            format,
          },
          stream,
        )
        reply.hijack()
        stream.opened(subscription, () => sessions.begin(principal.name, 'http', `http ${request.ip}`))
        stream.endWith(call.ended)
        return undefined
      },
    }),
  ]
}

/** Includes the headers that the server sets on every answer. */
export function streamHeaders(reply: FastifyReply): Record<string, string> {
  return {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    // A proxy that buffers output would delay events.
    'x-accel-buffering': 'no',
    connection: 'close',
  }
}

const issued = z.object({ ticket: z.string(), expires: z.iso.datetime() })

export function ticketRoutes({ tickets, runtime }: HttpContext): Route[] {
  return [
    route({
      method: 'POST',
      path: '/v1/ticket',
      summary: 'Makes a ticket for one stream or WebSocket, to be used once as ?ticket=… within a minute.',
      right: 'any',
      answers: { 201: { description: 'The ticket.', schema: issued } },
      handle: ({ principal, ended, reply }) => {
        void reply.code(201)
        const expires = formatTime(runtime.now() + TICKET_LIFE_MS * 1000)
        return { ticket: tickets.issue({ principal, ended }), expires }
      },
    }),
  ]
}
