import type { MethodName, ParamsOf, ResultOf } from '../../../src/bus/method-types.js'
import { consumerMethods } from '../../../src/bus/methods/consumers.js'
import { eventMethods } from '../../../src/bus/methods/events.js'
import { facetMethods } from '../../../src/bus/methods/facets.js'
import { histogramMethods } from '../../../src/bus/methods/histogram.js'
import { parkedMethods } from '../../../src/bus/methods/parked.js'
import { readMethods } from '../../../src/bus/methods/read.js'
import { subscriberMethods } from '../../../src/bus/methods/subscribers.js'
import { callMethod } from '../../../src/faces/call-method.js'
import { type TestBus, typeOf } from '../fixture.js'

/** Calls a method as a face does. */
export async function call<Name extends MethodName>(
  hub: TestBus,
  name: Name,
  params: ParamsOf<Name>,
  as = 'admin',
): Promise<ResultOf<Name>> {
  const { authorize } = hub.access
  const context = { bus: hub.bus, authorize, typeOf }
  const methods = [
    ...consumerMethods(context),
    ...parkedMethods(context),
    ...subscriberMethods(context),
    ...eventMethods(context),
    ...readMethods(context),
    ...histogramMethods(context),
    ...facetMethods(context),
  ]
  const table = new Map(methods.map((method) => [method.name, method]))
  const principal = hub.access.principal(as)
  const calling = callMethod(table, authorize, name, params, {
    principal,
    signal: new AbortController().signal,
    part: () => Promise.resolve(),
  })
  void hub.runtime.settle()
  return (await calling) as ResultOf<Name>
}
