import type { FastifyReply } from 'fastify'
import { TocsinError } from '../../event/errors.js'
import { sseFormat, sseVoice } from '../formats/sse.js'
import { EventStream, lastEventId } from '../web/event-stream.js'
import type { HttpContext } from './context.js'
import { type Route, route } from './route.js'
import { type StreamQuery, streamQuery, subscribeRequest } from './stream-request.js'

export function streamRoutes(context: HttpContext): Route[] {
  const { runtime, texts } = context
  const voice = sseVoice(context.bus.epoch)
  const chunks = { format: sseFormat(texts, true), kind: { voice, runtime, chunked: true } }
  const bare = { format: sseFormat(texts, false), kind: { voice, runtime, chunked: false } }
  return [
    route<StreamQuery>({
      method: 'GET',
      path: '/v1/stream',
      summary: 'Events as they happen, as server-sent events: replay with `from`, then live.',
      right: 'see',
      query: streamQuery,
      headers: {
        'last-event-id': 'Cursor of the last event that came; goes on behind it. Wins over `from`.',
      },
      identify: ({ ticket }) => (ticket === undefined ? undefined : context.tickets.take(ticket)),
      answers: {
        200: { description: 'The stream. It ends with an event `end`.', type: 'text/event-stream' },
      },
      async handle(call) {
        const { principal, query, request, reply } = call
        const { format, kind } = request.raw.httpVersion === '1.0' ? bare : chunks
        if (request.method === 'HEAD') return reply.headers(streamHeaders(reply)).send()
        // What follows goes to the socket itself, so the answers to requests before this one must be complete.
        if (reply.raw.socket === null)
          throw new TocsinError('TCN_HTTP_SYNTAX', 'a stream takes no pipelining')
        const head = { response: reply.raw, headers: streamHeaders(reply) }
        const stream = new EventStream(request.raw.socket, head, kind)
        const asked = subscribeRequest(query)
        const subscription = await context.bus.subscribe(
          principal,
          {
            ...asked,
            from: lastEventId(request.raw) ?? asked.from,
            label: `sse ${request.ip}`,
            format,
          },
          stream,
        )
        reply.hijack()
        stream.opened(subscription)
        stream.endWith(call.ended)
        return undefined
      },
    }),
  ]
}

/** With those that the server sets on every answer. */
function streamHeaders(reply: FastifyReply): Record<string, string> {
  return {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    // A proxy that collects output would keep events back.
    'x-accel-buffering': 'no',
    connection: 'close',
  }
}
