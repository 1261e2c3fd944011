import { consumerMethods } from '../methods/consumers.js'
import { facetMethods } from '../methods/counts/facets.js'
import { histogramMethods } from '../methods/counts/histogram.js'
import { eventMethods } from '../methods/events.js'
import { filterMethods } from '../methods/filters.js'
import { type ConfigMethodContext, configMethods, type StatusContext, statusMethods } from '../methods/hub.js'
import { type LogMethodContext, logMethods } from '../methods/log.js'
import type { Method, MethodTable } from '../methods/method.js'
import { parkedMethods } from '../methods/parked.js'
import { readMethods } from '../methods/read.js'
import { type SctpMethodContext, sctpMethods } from '../methods/sctp.js'
import { subscriberMethods } from '../methods/subscribers.js'
import { type TokenContext, tokenMethods } from '../methods/tokens.js'
import { metricsMethods } from './metrics/method.js'

/** Every management operation of the hub. */
export function methodTable(
  context: LogMethodContext & StatusContext & ConfigMethodContext & TokenContext & SctpMethodContext,
): MethodTable {
  const methods: Method[] = [
    ...subscriberMethods(context),
    ...consumerMethods(context),
    ...parkedMethods(context),
    ...filterMethods(context),
    ...eventMethods(context),
    ...readMethods(context),
    ...histogramMethods(context),
    ...facetMethods(context),
    ...logMethods(context),
    ...statusMethods(context),
    ...sctpMethods(context),
    ...metricsMethods(context),
    ...configMethods(context),
    ...tokenMethods(context),
  ]
  return new Map(methods.map((method) => [method.name, method]))
}
