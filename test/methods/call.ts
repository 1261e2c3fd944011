import { callMethod } from '../../src/faces/shared/call-method.js'
import { consumerMethods } from '../../src/methods/consumers.js'
import type { MethodName, ParamsOf, ResultOf } from '../../src/methods/contract/index.js'
import { facetMethods } from '../../src/methods/counts/facets.js'
import { histogramMethods } from '../../src/methods/counts/histogram.js'
import { lateMethods } from '../../src/methods/counts/late.js'
import { eventMethods } from '../../src/methods/events.js'
import { filterCheckMethods } from '../../src/methods/filter-check.js'
import { filterMethods } from '../../src/methods/filters.js'
import { parkedMethods } from '../../src/methods/parked.js'
import { refusingEmptyRanges } from '../../src/methods/ranges.js'
import { readMethods } from '../../src/methods/read.js'
import { subscriberMethods } from '../../src/methods/subscribers.js'
/** Calls a method like a face does. */
import { derivedAttributes } from '../../src/types/derived-attributes.js'
import { hubTypes, TypeRegistry } from '../../src/types/index.js'
import { type TestBus, typeOf } from '../bus/fixture.js'

const derived = derivedAttributes(new TypeRegistry(hubTypes))

export function call<Name extends MethodName>(
  hub: TestBus,
  name: Name,
  params: ParamsOf<Name>,
  as = 'admin',
): Promise<ResultOf<Name>> {
  return caller(hub)(name, params, as)
}

/** Returns what calls methods one after the other, with what these keep. */
export function caller(hub: TestBus) {
  const { authorize } = hub.access
  const context = { bus: hub.bus, runtime: hub.runtime, authorize, typeOf, derived }
  const methods = refusingEmptyRanges(context, [
    ...consumerMethods(context),
    ...parkedMethods(context),
    ...subscriberMethods(context),
    ...eventMethods(context),
    ...readMethods(context),
    ...filterMethods(context),
    ...filterCheckMethods(context),
    ...histogramMethods(context),
    ...facetMethods(context),
    ...lateMethods(context),
  ])
  const table = new Map(methods.map((method) => [method.name, method]))
  return async <Name extends MethodName>(
    name: Name,
    params: ParamsOf<Name>,
    as = 'admin',
    signal = new AbortController().signal,
  ): Promise<ResultOf<Name>> => {
    const principal = hub.access.principal(as)
    const part = () => Promise.resolve()
    const calling = callMethod({ methods: table, authorize }, name, params, { principal, signal, part })
    void hub.runtime.settle()
    return (await calling) as ResultOf<Name>
  }
}
