import { z } from 'zod'
import type { HttpContext } from './context.js'
import { type Route, route } from './route.js'

const health = z.object({ status: z.enum(['ok', 'stopping', 'suspended']) })

/** Is it alive, does it take events, what is it. */
export function healthRoutes(context: HttpContext): Route[] {
  return [
    route({
      method: 'GET',
      path: '/healthz',
      summary: 'Whether the hub is alive.',
      right: 'none',
      answers: { 200: { description: 'It is.', schema: health } },
      handle: () => ({ status: 'ok' }),
    }),
    route({
      method: 'GET',
      path: '/readyz',
      summary: 'Whether the hub takes events.',
      right: 'none',
      answers: {
        200: { description: 'It does.', schema: health },
        503: { description: 'It stops, or its log takes no events now.', schema: health },
      },
      handle: ({ reply }) => {
        const status = context.stopping() ? 'stopping' : context.bus.suspended ? 'suspended' : 'ok'
        void reply.code(status === 'ok' ? 200 : 503)
        return { status }
      },
    }),
    route({
      method: 'GET',
      path: '/v1/info',
      summary: 'What hub this is, and as whom it is spoken to.',
      right: 'any',
      answers: { 200: { description: 'The hub and its log.', schema: info } },
      handle: ({ principal }) => ({
        ...context.hub,
        epoch: context.bus.epoch,
        durable: context.bus.durable,
        largestFrame: context.bus.largestFrame,
        principal: principal.name,
        source: principal.source,
      }),
    }),
  ]
}

const info = z.object({
  name: z.string(),
  version: z.string(),
  epoch: z.string(),
  durable: z.boolean().describe('Whether the log can acknowledge `durable`.'),
  largestFrame: z.int(),
  principal: z.string(),
  source: z.string().describe('Prefix of the sources under which this principal publishes.'),
})
