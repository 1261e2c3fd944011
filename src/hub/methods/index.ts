import { consumerMethods } from '../../bus/methods/consumers.js'
import { eventMethods } from '../../bus/methods/events.js'
import { filterMethods } from '../../bus/methods/filters.js'
import { type LogMethodContext, logMethods } from '../../bus/methods/log.js'
import { parkedMethods } from '../../bus/methods/parked.js'
import { readMethods } from '../../bus/methods/read.js'
import { subscriberMethods } from '../../bus/methods/subscribers.js'
import type { Method, MethodTable } from '../../bus/methods.js'
import { type StatusContext, statusMethods } from './status.js'

/** Every management operation of the hub. */
export function methodTable(context: LogMethodContext & StatusContext): MethodTable {
  const methods: Method[] = [
    ...subscriberMethods(context),
    ...consumerMethods(context),
    ...parkedMethods(context),
    ...filterMethods(context),
    ...eventMethods(context),
    ...readMethods(context),
    ...logMethods(context),
    ...statusMethods(context),
  ]
  return new Map(methods.map((method) => [method.name, method]))
}
