import { consumerMethods } from '../../bus/methods/consumers.js'
import { eventMethods } from '../../bus/methods/events.js'
import { facetMethods } from '../../bus/methods/facets.js'
import { filterMethods } from '../../bus/methods/filters.js'
import { histogramMethods } from '../../bus/methods/histogram.js'
import { type LogMethodContext, logMethods } from '../../bus/methods/log.js'
import { parkedMethods } from '../../bus/methods/parked.js'
import { readMethods } from '../../bus/methods/read.js'
import { subscriberMethods } from '../../bus/methods/subscribers.js'
import type { Method, MethodTable } from '../../bus/methods.js'
import { type ConfigMethodContext, configMethods } from './config.js'
import { metricsMethods } from './metrics.js'
import { type SctpMethodContext, sctpMethods } from './sctp.js'
import { type StatusContext, statusMethods } from './status.js'
import { type TokenContext, tokenMethods } from './tokens.js'

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
