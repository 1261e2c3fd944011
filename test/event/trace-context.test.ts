import { expect, it } from 'vitest'
import { readTraceparent } from '../../src/event/trace-context.js'

const ids = '4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7'

it('reads a traceparent of this and of later versions, and takes an invalid one for none', () => {
  expect(readTraceparent(`00-${ids}-01`)).toEqual({
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    spanId: '00f067aa0ba902b7',
    text: `00-${ids}-01`,
  })
  expect(readTraceparent(`cc-${ids}-ff-more`)?.text).toBe(`00-${ids}-01`)
  for (const text of [undefined, '', `00-${ids}-01-more`, `ff-${ids}-01`, `00-${ids.toUpperCase()}-01`])
    expect(readTraceparent(text)).toBeUndefined()
  expect(readTraceparent(`00-${'0'.repeat(32)}-00f067aa0ba902b7-01`)).toBeUndefined()
})
