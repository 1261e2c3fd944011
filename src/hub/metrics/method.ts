import { z } from 'zod'
import { type Method, method } from '../../methods/method.js'
import { metricsText } from '../../methods/results/hub.js'
import type { Metrics } from './metrics.js'

export function metricsMethods(metrics: Metrics): Method[] {
  return [
    method({
      name: 'metrics.read',
      summary: "Returns the hub's metrics as text for Prometheus.",
      // Metrics count the events of all principals, and name subscribers and consumers.
      right: 'monitor',
      params: z.object({ format: z.enum(['prometheus', 'openmetrics']).default('prometheus') }),
      result: metricsText,
      run: (_call, { format }) => metrics.read(format),
    }),
  ]
}
