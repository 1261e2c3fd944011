import { z } from 'zod'
import type { NamedStreams } from '../../../bus/streams/named-streams.js'
import { catalogue, TocsinError, toTocsinError } from '../../../errors/tocsin-error.js'
import { parseTime } from '../../../event/position.js'
import { standardNotification } from '../../../protocols/netconf/server/notification.js'
import { type Encoding, encodings } from '../../../protocols/restconf/codec/streams.js'
import {
  errorResource,
  hostMeta,
  type Resource,
  rootResource,
  stateResource,
} from '../../../protocols/restconf/server/state.js'
import type { StreamHost } from '../../shared/streams/stream-host.js'
import type { StreamRequest } from '../../shared/streams/stream-request.js'
import { StreamSubscriber } from '../../shared/streams/stream-subscriber.js'
import { XPathFilter } from '../../shared/xpath/filter.js'
import { EventStream } from '../../web/event-stream.js'
import { negotiate } from '../../web/negotiate.js'
import type { HttpContext } from '../context.js'
import { queryError } from '../input.js'
import { ask } from '../manage/methods.js'
import { type Route, type RouteCall, route } from '../route.js'
import { streamHeaders } from '../streams/stream.js'
import { notificationBlocks } from './formats.js'
import type { ServedStreams } from './served-streams.js'
import { RestconfWriter, restconfTexts } from './stream-writer.js'

const JSON_DATA = 'application/yang-data+json'
const XML_DATA = 'application/yang-data+xml'
const STATE = 'ietf-restconf-monitoring:restconf-state'

/** A server of RESTCONF (RFC 8040) that has nothing but streams. */
export function restconfRoutes(context: HttpContext, served: ServedStreams): Route[] {
  const open = streamOpener(context, served)
  return [
    route({
      method: 'GET',
      path: '/.well-known/host-meta',
      summary: 'Says where the root of RESTCONF is.',
      right: 'none',
      answers: { 200: { description: 'The link.', type: 'application/xrd+xml', schema: z.string() } },
      handle: ({ reply }) => {
        void reply.header('content-type', 'application/xrd+xml')
        return hostMeta
      },
    }),
    route({
      method: 'GET',
      path: '/restconf',
      summary: 'The root of RESTCONF.',
      right: 'any',
      answers: data('The root.'),
      handle: (call) => inForm(call, async () => rootResource()),
    }),
    ...['/restconf/data/:module', '/restconf/data/:module/:part'].map((path) =>
      route({
        method: 'GET',
        path,
        summary: `The state of RESTCONF: \`${STATE}\`, and of it \`streams\` or \`capabilities\`.`,
        right: 'see',
        answers: data('The state, or a part of it.'),
        handle: (call) => inForm(call, () => state(context, call)),
      }),
    ),
    ...['/restconf/streams/:name', '/restconf/streams/:name/:encoding'].map((path) =>
      route<NamedStreamQuery>({
        method: 'GET',
        path,
        summary: 'Streams a named stream as server-sent events, as RFC 8040 says.',
        notes: 'The encoding is `xml`, which is the usual one, or `json`.',
        right: 'see',
        query: streamQuery,
        answers: { 200: { description: 'The stream.', type: 'text/event-stream' } },
        handle: (call) => inForm(call, () => open(call)),
      }),
    ),
  ]
}

function data(description: string): Route['answers'] {
  return { 200: { description, type: [JSON_DATA, XML_DATA], schema: z.string() } }
}

async function state(context: HttpContext, call: RouteCall): Promise<Resource> {
  const { module, part } = call.params
  const { streams } = await ask(context, call, 'streams.list', {})
  const listed = streams.map(({ firstTime, ...stream }) => ({
    ...stream,
    ...(firstTime !== undefined && { since: firstTime }),
  }))
  const found = module === STATE ? stateResource(listed, part) : undefined
  if (found === undefined) throw new TocsinError('TCN_HTTP_ROUTE')
  return found
}

/** Answers with the resource in the encoding that the client wants, and with errors as RESTCONF has them. */
async function inForm<Query>(
  { request, reply }: RouteCall<Query>,
  make: () => Promise<Resource | undefined>,
): Promise<Buffer | undefined> {
  const accepts = request.raw.headers.accept ?? ''
  const type = accepts.includes('event-stream') ? JSON_DATA : negotiate(request.raw, [JSON_DATA, XML_DATA])
  const send = (resource: Resource): Buffer => {
    void reply.header('content-type', type)
    // To a text, a charset would be added, which these types do not have.
    return Buffer.from(type === XML_DATA ? resource.xml : resource.json)
  }
  try {
    const made = await make()
    return made && send(made)
  } catch (thrown) {
    const error = toTocsinError(thrown, 'TCN_INTERNAL')
    const { status, summary } = catalogue[error.code]
    void reply.code(status)
    return send(errorResource(errorTagOf(status), error.code === 'TCN_INTERNAL' ? summary : error.message))
  }
}

function errorTagOf(status: number): string {
  if (status === 401 || status === 403) return 'access-denied'
  if (status === 429 || status === 503) return 'resource-denied'
  return status < 500 ? 'invalid-value' : 'operation-failed'
}

const time = z.string().max(64)
const streamQuery = z.strictObject({
  filter: z.string().max(16_384).optional().describe('An XPath expression over the XML view of events.'),
  'start-time': time.optional().describe('Events since then are sent first. Default: only new ones.'),
  'stop-time': time.optional().describe('The stream ends then. Needs `start-time`.'),
})
type NamedStreamQuery = z.output<typeof streamQuery>

function streamOpener(context: HttpContext, { streams, host }: ServedStreams) {
  const { runtime, longOutput, sessions } = context
  const kindOf = (chunked: boolean) => ({ texts: restconfTexts, runtime, longOutput, sessions, chunked })
  const kinds = { chunked: kindOf(true), bare: kindOf(false) }
  const blocks = new Map(
    encodings.map((encoding) => [
      encoding,
      {
        chunked: notificationBlocks(encoding, true, host.typeOf),
        bare: notificationBlocks(encoding, false, host.typeOf),
      },
    ]),
  )
  return async (call: RouteCall<NamedStreamQuery>): Promise<undefined> => {
    const { principal, request, reply } = call
    const wanted = streamRequest(call, streams, host)
    const way = request.raw.httpVersion === '1.0' ? 'bare' : 'chunked'
    const encoding = encodingOf(call)
    const written = encoding && blocks.get(encoding)
    if (written === undefined) throw new TocsinError('TCN_HTTP_ROUTE')
    if (request.method === 'HEAD') return void reply.headers(streamHeaders(reply)).send()
    // The stream goes straight to the socket, so the answers to earlier requests must be complete.
    if (reply.raw.socket === null) throw new TocsinError('TCN_HTTP_PIPELINING')
    const head = { response: reply.raw, headers: streamHeaders(reply) }
    const stream = new EventStream(request.raw.socket, head, kinds[way], principal.name)
    const writer = new RestconfWriter(written[way], stream, runtime)
    const caller = { principal, label: `restconf ${request.ip}` }
    const subscriber = new StreamSubscriber(host, wanted, caller, writer)
    await subscriber.start()
    reply.hijack()
    stream.opened(subscriber, () => sessions.begin(principal.name, 'http', `http ${request.ip}`))
    stream.endWith(call.ended)
    return undefined
  }
}

function encodingOf({ params: { encoding = 'xml' } }: RouteCall<NamedStreamQuery>): Encoding | undefined {
  return encodings.find((known) => known === encoding)
}

/** Throws TCN_HTTP_QUERY for times that the RFC does not allow (section 4.8). */
function streamRequest(
  { params, query }: RouteCall<NamedStreamQuery>,
  streams: Pick<NamedStreams, 'find'>,
  { engine, runtime, typeOf }: StreamHost,
): StreamRequest {
  const stream = streams.find(params.name)
  if (stream === undefined) throw new TocsinError('TCN_HTTP_ROUTE', 'there is no such stream')
  const { filter, 'start-time': from, 'stop-time': to } = query
  const [start, stop] = [timeIn('start-time', from), timeIn('stop-time', to)]
  if (start !== undefined && !stream.replay)
    throw queryError('start-time', `the stream ${stream.name} has no replay`)
  if (start !== undefined && start > runtime.now()) throw queryError('start-time', 'is in the future')
  if (stop !== undefined && start === undefined) throw queryError('stop-time', 'needs `start-time`')
  if (stop !== undefined && start !== undefined && stop <= start)
    throw queryError('stop-time', 'is not after `start-time`')
  const xpath =
    filter === undefined ? undefined : XPathFilter.compile(filter, engine, typeOf, standardNotification)
  // The start itself is wanted too.
  return { stream, start: start === undefined ? undefined : start - 1, stop, xpath }
}

function timeIn(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const time = parseTime(text)
  if (time === undefined) throw queryError(name, 'is no time with a zone (RFC 3339)')
  return time
}
