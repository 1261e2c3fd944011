import { callMethod } from '../call-method.js'
import type { HttpContext } from './context.js'
import { type Route, route } from './route.js'

const OPEN_METRICS = 'application/openmetrics-text'

/** For Prometheus. They count events of everybody and name who is here, so it is a token with `admin` that reads them. */
export function metricsRoutes({ methods, authorize }: HttpContext): Route[] {
  return [
    route({
      method: 'GET',
      path: '/metrics',
      summary:
        'What the hub measures, in the text format of Prometheus, or of OpenMetrics where it is accepted.',
      right: 'admin',
      headers: { accept: `With ${OPEN_METRICS} the answer is in that format.` },
      answers: { 200: { description: 'The metrics.', type: 'text/plain' } },
      async handle({ principal, signal, request, reply }) {
        const format = request.headers.accept?.includes(OPEN_METRICS) ? 'openmetrics' : 'prometheus'
        const call = { principal, signal, part: () => Promise.resolve() }
        const answer = await callMethod(methods, authorize, 'metrics.read', { format }, call)
        const { type, text } = answer as { type: string; text: string }
        void reply.header('content-type', type)
        return text
      },
    }),
  ]
}
