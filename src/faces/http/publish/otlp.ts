import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { readCompressedBody } from '../../web/body.js'
import type { HttpContext } from '../context.js'
import { type Route, type RouteCall, route } from '../route.js'

const KINDS = { logs: 'records of logs', traces: 'spans' } as const
const FORM = z.unknown()

/** `POST /v1/otlp/<name>/v1/logs` and `traces`: the source itself checks its senders, who have no token of the hub. */
export function otlpRoutes(context: HttpContext): Route[] {
  return Object.entries(KINDS).map(([kind, items]) =>
    route({
      method: 'POST',
      path: `/v1/otlp/:name/v1/${kind}`,
      summary: `Receives ${items} of OpenTelemetry, for a source in the configuration.`,
      notes:
        'Exporters get the address without its end: `OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4580/v1/otlp/<name>`. Bodies may be compressed with gzip.',
      right: 'none',
      headers: { authorization: 'A token of the source: `Bearer …`.' },
      body: {
        read: 'stream',
        types: {
          'application/x-protobuf': { schema: FORM, description: 'OTLP in Protocol Buffers.' },
          'application/json': { schema: FORM, description: 'OTLP in JSON.' },
        },
      },
      answers: {
        200: {
          description:
            'The items are stored, except those that the answer counts; it has the form of the request.',
          type: ['application/json', 'application/x-protobuf'],
          schema: FORM,
        },
        401: { description: 'The token is not valid.' },
        404: { description: 'There is no such source.' },
        413: { description: 'The body is larger than the source accepts.' },
        415: { description: 'The body has another form.' },
        429: { description: 'There are too many requests.' },
        503: { description: 'The hub accepts no events at present: send it again.' },
      },
      handle: (call) => receive(context, call, kind),
    }),
  )
}

async function receive(
  context: HttpContext,
  { params, request, held, reply }: RouteCall,
  kind: string,
): Promise<FastifyReply> {
  const receiver = context.hooks.find(`otlp/${params.name}`)
  const { headers } = request.raw
  await receiver.admit(headers)
  const body = await readCompressedBody(request.raw, context, receiver.maxBody, held)
  const { reply: { contentType, body: answer } = { contentType: '', body: Buffer.alloc(0) } } =
    await receiver.receive(headers, body, kind)
  return reply.type(contentType).send(answer)
}
