import { z } from 'zod'
import { type Method, method } from '../../bus/methods.js'
import { Metrics } from '../metrics/metrics.js'
import type { StatusContext } from './status.js'

export function metricsMethods(context: StatusContext): Method[] {
  const metrics = new Metrics(context)
  return [
    method({
      name: 'metrics.read',
      summary: 'What the hub measures, as text for Prometheus.',
      // They count events of everybody, and name subscribers and consumers.
      right: 'admin',
      params: z.object({ format: z.enum(['prometheus', 'openmetrics']).default('prometheus') }),
      run: (_call, { format }) => metrics.read(format),
    }),
  ]
}
