import { z } from 'zod'
import type { StatusContext } from '../../methods/hub.js'
import { type Method, method } from '../../methods/method.js'
import { Metrics } from './metrics.js'

export function metricsMethods(context: StatusContext): Method[] {
  const metrics = new Metrics(context)
  return [
    method({
      name: 'metrics.read',
      summary: "Returns the hub's metrics as text for Prometheus.",
      // Metrics count the events of all principals, and name subscribers and consumers.
      right: 'monitor',
      params: z.object({ format: z.enum(['prometheus', 'openmetrics']).default('prometheus') }),
      run: (_call, { format }) => metrics.read(format),
    }),
  ]
}
