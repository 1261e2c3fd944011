import { expect, test } from 'vitest'
import { associationSteps } from '../../console/pages/events/detail/association-model.js'
import { keysOf } from '../../console/pages/events/detail/correlation.js'
import { jobTimes } from '../../console/pages/events/detail/job-model.js'
import { jobOutput } from '../../console/pages/events/detail/output-model.js'
import { spansOf, traceIdOf } from '../../console/pages/events/detail/trace-model.js'
import { eventText } from '../../console/pages/events/row-text.js'
import { displays, faultsOf, types } from '../helpers/unusual-data.js'

const correlationOf = (type: string) => types.get(type)?.correlation ?? []
const known = { typeOf: types.typeOf, displays, correlationOf }

test('no data of any shape keeps an event from being shown', () => {
  const found = faultsOf({
    row: (event) => eventText(event as never, known),
    keys: (event) => keysOf(event, correlationOf(types.typeOf(event.tag))),
    association: (event) => associationSteps([event]),
    'Salt job': (event) => jobTimes([event]),
    'SysAdm job': (event) => jobOutput([event]),
    trace: (event) => [traceIdOf(event), spansOf([event])],
  })
  expect(found).toEqual([])
})
