import { expect, test } from 'vitest'
import { associationSteps } from '../../console/pages/events/detail/association-model.js'
import { keysOf } from '../../console/pages/events/detail/correlation.js'
import { jobTimes } from '../../console/pages/events/detail/job-model.js'
import { jobOutput } from '../../console/pages/events/detail/output-model.js'
import { spansOf, traceIdOf } from '../../console/pages/events/detail/trace-model.js'
import { eventText } from '../../console/pages/events/row-text.js'
import { eventTypes } from '../../src/hub/event-types.js'
import { displaysOf, hubTypes, TypeRegistry } from '../../src/types/index.js'
import { faultsOf } from '../helpers/unusual-data.js'

const types = new TypeRegistry(hubTypes, ...eventTypes)
const all = [hubTypes, ...eventTypes].flat()
const correlations = new Map(all.map(({ type, correlation = [] }) => [type, correlation]))
const known = { typeOf: (tag: string) => types.typeOf(tag), displays: displaysOf(all), correlations }

test('no data of any shape keeps an event from being shown', () => {
  const found = faultsOf({
    row: (event) => eventText(event as never, known as never),
    keys: (event) => keysOf(event, correlations.get(types.typeOf(event.tag)) ?? []),
    association: (event) => associationSteps([event]),
    'Salt job': (event) => jobTimes([event]),
    'SysAdm job': (event) => jobOutput([event]),
    trace: (event) => [traceIdOf(event), spansOf([event])],
  })
  expect(found).toEqual([])
})
