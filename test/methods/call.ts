import { callMethod } from '../../src/faces/shared/call-method.js'
import { consumerMethods } from '../../src/methods/consumers.js'
import type { MethodName, ParamsOf, ResultOf } from '../../src/methods/contract/index.js'
import { facetMethods } from '../../src/methods/counts/facets.js'
import { histogramMethods } from '../../src/methods/counts/histogram.js'
import { eventMethods } from '../../src/methods/events.js'
import { parkedMethods } from '../../src/methods/parked.js'
import { readMethods } from '../../src/methods/read.js'
import { subscriberMethods } from '../../src/methods/subscribers.js'
import { type TestBus, typeOf } from '../bus/fixture.js'

/** Calls a method like a face does. */
export async function call<Name extends MethodName>(
  hub: TestBus,
  name: Name,
  params: ParamsOf<Name>,
  as = 'admin',
): Promise<ResultOf<Name>> {
  const { authorize } = hub.access
  const context = { bus: hub.bus, runtime: hub.runtime, authorize, typeOf }
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
  const calling = callMethod({ methods: table, authorize }, name, params, {
    principal,
    signal: new AbortController().signal,
    part: () => Promise.resolve(),
  })
  void hub.runtime.settle()
  return (await calling) as ResultOf<Name>
}
