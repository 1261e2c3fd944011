import { z } from 'zod'
import { headline } from '../../../methods/results/headline.js'
import { negotiate } from '../../web/negotiate.js'
import type { HttpContext } from '../context.js'
import { type Route, route } from '../route.js'
import { ask } from './methods.js'

const health = z.object({ status: z.enum(['ok', 'stopping', 'suspended']) })

/** Routes that report whether the hub is alive, whether it accepts events, and which hub it is. */
export function healthRoutes(context: HttpContext): Route[] {
  return [
    route({
      method: 'GET',
      path: '/healthz',
      summary: 'Reports whether the hub is alive.',
      right: 'none',
      answers: { 200: { description: 'The hub is alive.', schema: health } },
      handle: () => ({ status: 'ok' }),
    }),
    route({
      method: 'GET',
      path: '/readyz',
      summary: 'Reports whether the hub accepts events.',
      right: 'none',
      answers: {
        200: { description: 'The hub accepts events.', schema: health },
        503: { description: 'It is stopping, or its log accepts no events at the moment.', schema: health },
      },
      handle: ({ reply }) => {
        const { suspended, fault } = context.bus
        const isStuck = suspended || fault !== undefined
        const status = context.stopping() ? 'stopping' : isStuck ? 'suspended' : 'ok'
        void reply.code(status === 'ok' ? 200 : 503)
        return { status }
      },
    }),
    route({
      method: 'GET',
      path: '/v1/health',
      summary:
        'Says in one sentence all that is wrong in the hub, and since when: the result of `hub.health`.',
      right: 'monitor',
      answers: { 200: { description: 'The sentence, and its parts.', schema: headline } },
      handle: (call) => ask(context, call, 'hub.health', {}),
    }),
    route({
      method: 'GET',
      path: '/v1/info',
      summary: 'Identifies the hub, and the principal of the request.',
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
  source: z.string().describe('Prefix of the source attribute of all events that this principal publishes.'),
})

const TEXT = 'text/plain'
const OPEN_METRICS = 'application/openmetrics-text'

/** Metrics for Prometheus. They cover all events and name connected peers, so the right `monitor` is required. */
export function metricsRoutes(context: HttpContext): Route[] {
  return [
    route({
      method: 'GET',
      path: '/metrics',
      summary:
        "Returns the hub's metrics in the text format of Prometheus, or of OpenMetrics if the client accepts it.",
      right: 'monitor',
      headers: { accept: `With ${OPEN_METRICS} the answer is in that format.` },
      answers: { 200: { description: 'The metrics.', type: [TEXT, OPEN_METRICS], schema: z.string() } },
      async handle(call) {
        const { request, reply } = call
        const asked = negotiate(request.raw, [TEXT, OPEN_METRICS])
        const format = asked === OPEN_METRICS ? 'openmetrics' : 'prometheus'
        const { type, text } = await ask(context, call, 'metrics.read', { format })
        void reply.header('content-type', type)
        return text
      },
    }),
  ]
}
