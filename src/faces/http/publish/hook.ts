import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { readBody } from '../../web/body.js'
import type { HttpContext } from '../context.js'
import { type Route, type RouteCall, route } from '../route.js'

const stored = z.object({
  events: z.int().min(0).describe('Number of events that were made from the request.'),
  repeated: z.literal(true).optional().describe('True if the request was stored before, and left out.'),
})

/** `POST /v1/hook/<name>`: the webhook itself checks its sender, who has no token of the hub. */
export function hookRoutes(context: HttpContext): Route[] {
  return [
    route({
      method: 'POST',
      path: '/v1/hook/:name',
      summary: 'Receives a request of another program, for a webhook in the configuration.',
      notes:
        'A sender of CloudEvents may ask first with `OPTIONS` and the header `WebHook-Request-Origin`, as the CloudEvents specification of webhooks says. The answer has `WebHook-Allowed-Origin` and `WebHook-Allowed-Rate` if it may send.',
      right: 'none',
      headers: {
        authorization: 'The token of the webhook, if it has one: `Bearer …`.',
        'x-hub-signature-256': "The signature of the body in GitHub's form, if the webhook has a secret.",
        'webhook-signature': 'The signature of id, time and body, as standardwebhooks.com describes.',
      },
      body: {
        read: 'stream',
        types: {
          'application/json': { schema: z.unknown(), description: 'What the program sends.' },
          '*/*': { schema: z.unknown(), description: 'Any other text or bytes.' },
        },
      },
      answers: {
        200: { description: 'The request is stored.', schema: stored },
        401: { description: 'The token or the signature is not valid.' },
        404: { description: 'There is no such webhook.' },
        413: { description: 'The body is larger than the webhook accepts.' },
        429: { description: 'There are too many requests.' },
      },
      options: (request) => permission(context, request),
      handle: (call) => receive(context, call),
    }),
  ]
}

const params = z.object({ name: z.string() })
/** The name of a host. */
const origin = z.string().regex(/^[\w.-]{1,253}$/)

/** The handshake of the CloudEvents webhooks (§4), without which a sender does not begin. */
function permission(context: HttpContext, request: FastifyRequest): Record<string, string> {
  const asked = origin.safeParse(request.headers['webhook-request-origin'])
  if (!asked.success) return {}
  const perMinute = context.hooks.find(`webhook/${params.parse(request.params).name}`).permit?.(asked.data)
  if (perMinute === undefined) return {}
  return { 'webhook-allowed-origin': asked.data, 'webhook-allowed-rate': String(perMinute) }
}

async function receive(context: HttpContext, { params, request, held }: RouteCall): Promise<unknown> {
  const hook = context.hooks.find(`webhook/${params.name}`)
  const { headers } = request.raw
  await hook.admit(headers)
  const body = await readBody(request.raw, context, hook.maxBody, held)
  return hook.receive(headers, body)
}
