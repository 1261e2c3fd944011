import type { FastifyReply, FastifyRequest } from 'fastify'
import type { SubscriberStatus } from '../../../bus/sink.js'
import { TocsinError } from '../../../event/errors.js'
import { EventStream, lastEventId } from '../../web/event-stream.js'
import type { RestContext } from './context.js'
import { corsHeaders } from './cors.js'
import { eventsFormat, eventsVoice } from './event-formats.js'
import { subscribeRequest } from './subscribe.js'
import { cookieFor, type Shown } from './tokens.js'

/** `GET /events`: the bytes of salt-api; with `Last-Event-ID` or `from`, ids and what came before. */
export async function streamEvents(
  context: RestContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const { bus, runtime, tokens } = context
  const query = new URL(request.url, 'http://here').searchParams
  const shown = tokens.admit(request.raw, query)
  const chunked = request.raw.httpVersion !== '1.0'
  const headers = streamHeaders(context, request, shown, chunked)
  if (request.method === 'HEAD') return reply.headers(headers).send()
  // What follows goes to the socket itself, so the answers to requests before this one must be complete.
  if (reply.raw.socket === null) throw new TocsinError('TCN_HTTP_SYNTAX', 'a stream takes no pipelining')
  const from = lastEventId(request.raw) ?? query.get('from') ?? undefined
  const form = { chunked, ids: from !== undefined }
  const kind = { runtime, chunked, voice: eventsVoice(bus.epoch, form.ids) }
  const stream = new BoundStream(request.raw.socket, { response: reply.raw, headers }, kind)
  stream.hearsOfGaps = form.ids
  const subscription = await bus.subscribe(
    shown.session.principal,
    {
      ...subscribeRequest(context, { tags: query.getAll('tag'), from, label: `salt-api ${request.ip}` }),
      format: eventsFormat(bus.epoch, form),
    },
    stream,
  )
  reply.hijack()
  stream.opened(subscription)
  stream.endWith(shown.session.ended)
  return undefined
}

/** Salt has no word for a gap: a reader that cannot be told of one loses its connection, and so knows. */
class BoundStream extends EventStream {
  hearsOfGaps = false

  override status(status: SubscriberStatus): void {
    super.status(status)
    if (status.type === 'gap' && !this.hearsOfGaps) {
      this.end({ code: 'TCN_BUS_LAG', message: 'events are gone that were not delivered' })
    }
  }
}

function streamHeaders(
  { runtime, settings }: RestContext,
  { headers }: FastifyRequest,
  { token, inHeader }: Shown,
  chunked: boolean,
): Record<string, string> {
  return {
    'Content-Type': 'text/event-stream;charset=utf-8',
    'Cache-Control': 'no-cache',
    Connection: chunked ? 'keep-alive' : 'close',
    ...(chunked && { 'Transfer-Encoding': 'chunked' }),
    ...corsHeaders(headers),
    ...(inHeader && { 'Set-Cookie': cookieFor(token, runtime.now(), settings.sessionTimeout) }),
  }
}
