import { ask } from './ask.js'
import type { HttpContext } from './context.js'
import { type Route, route } from './route.js'

const OPEN_METRICS = 'application/openmetrics-text'

/** For Prometheus. They count events of everybody and name who is here, so it is a token with `admin` that reads them. */
export function metricsRoutes(context: HttpContext): Route[] {
  return [
    route({
      method: 'GET',
      path: '/metrics',
      summary:
        'What the hub measures, in the text format of Prometheus, or of OpenMetrics where it is accepted.',
      right: 'admin',
      headers: { accept: `With ${OPEN_METRICS} the answer is in that format.` },
      answers: { 200: { description: 'The metrics.', type: 'text/plain' } },
      async handle(call) {
        const { request, reply } = call
        const format = request.headers.accept?.includes(OPEN_METRICS) ? 'openmetrics' : 'prometheus'
        const { type, text } = await ask(context, call, 'metrics.read', { format })
        void reply.header('content-type', type)
        return text
      },
    }),
  ]
}
