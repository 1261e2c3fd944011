import type { FastifyReply, FastifyRequest } from 'fastify'
import type { SubscribeRequest } from '../../../bus/api.js'
import type { SubscriberStatus } from '../../../bus/sink.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { formatFilter, parseFilter } from '../../../filter/index.js'
import { EventStream, lastEventId } from '../../web/event-stream.js'
import { corsHeaders } from './answer.js'
import type { RestContext } from './context.js'
import { eventsFormat, eventsTexts } from './event-formats.js'
import { type Admitted, cookieFor } from './sessions.js'

/** `GET /events`: the bytes of salt-api. `Last-Event-ID` or `from` add ids, and stored events come first. */
export async function streamEvents(
  context: RestContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const { bus, runtime, texts, tokens, longOutput } = context
  const query = new URL(request.url, 'http://here').searchParams
  const admitted = await tokens.admit(request.raw, query)
  const chunked = request.raw.httpVersion !== '1.0'
  const headers = streamHeaders(context, request, admitted, chunked)
  if (request.method === 'HEAD') {
    // Otherwise the length of the missing body would be added to headers that say it has none.
    reply.hijack()
    reply.raw.writeHead(200, headers).end()
    return undefined
  }
  // The stream goes straight to the socket, so the answers to earlier requests must be complete.
  if (reply.raw.socket === null) throw new TocsinError('TCN_HTTP_PIPELINING')
  const from = lastEventId(request.raw) ?? query.get('from') ?? undefined
  const form = { chunked, ids: from !== undefined }
  const kind = { runtime, chunked, longOutput, texts: eventsTexts(bus.epoch, form.ids) }
  const { principal, ended } = admitted.session
  const stream = new BoundStream(request.raw.socket, { response: reply.raw, headers }, kind, principal.name)
  stream.reportsGaps = form.ids
  const subscription = await bus.subscribe(
    principal,
    {
      ...subscribeRequest(context, { tags: query.getAll('tag'), from, label: `salt-api ${request.ip}` }),
      format: eventsFormat(bus.epoch, form, texts),
    },
    stream,
  )
  reply.hijack()
  stream.opened(subscription)
  stream.endWith(ended)
  return undefined
}

/** Salt has no message for a gap: the stream of a client without ids ends at a gap, so that the client notices it. */
class BoundStream extends EventStream {
  reportsGaps = false

  override status(status: SubscriberStatus): void {
    super.status(status)
    if (status.type === 'gap' && !this.reportsGaps) {
      this.end({ code: 'TCN_BUS_LAG', message: 'events were lost before they were delivered' })
    }
  }
}

function streamHeaders(
  { runtime, settings }: RestContext,
  { headers }: FastifyRequest,
  { token, inHeader }: Admitted,
  chunked: boolean,
): Record<string, string> {
  return {
    'Content-Type': 'text/event-stream;charset=utf-8',
    'Cache-Control': 'no-cache',
    Connection: chunked ? 'keep-alive' : 'close',
    ...(chunked && { 'Transfer-Encoding': 'chunked' }),
    ...corsHeaders(headers),
    ...(inHeader && { 'Set-Cookie': cookieFor(token, runtime.now(), settings) }),
  }
}

export interface EventSelection {
  /** Tags, prefixes and globs, as in the short notation of filters. */
  tags?: readonly string[]
  from?: string
  label: string
}

/** Selects events of the bus and others that it shows; rights also apply. Throws for an invalid tag filter. */
export function subscribeRequest(
  { publisher: { source }, show, maxLag }: Pick<RestContext, 'publisher' | 'show' | 'maxLag'>,
  { tags = [], from, label }: EventSelection,
): SubscribeRequest {
  const own = { exact: { source } }
  const bus = show.length === 0 ? own : { any: [own, formatFilter(parseFilter([...show]))] }
  const filters = tags.length === 0 ? bus : { all: [bus, formatFilter(parseFilter([...tags]))] }
  return { filters, from, label, lag: 'catch-up', maxLag }
}
