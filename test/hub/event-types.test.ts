import { expect, it } from 'vitest'
import { eventTypes } from '../../src/hub/event-types.js'
import { faultOfDisplay } from '../../src/types/display.js'

it.each(eventTypes.flat().map((type) => [type.type, type] as const))(
  'the line of %s names fields of its schema',
  (_, { display, schema }) => {
    if (schema !== undefined) expect(schema).toMatchObject({ type: 'object' })
    if (display !== undefined) expect(faultOfDisplay(display, schema)).toBeUndefined()
  },
)

it.each(
  eventTypes
    .flat()
    .filter(({ schema }) => Object.hasOwn(schema?.properties ?? {}, 'repeated'))
    .map(({ type, display }) => [type, display] as const),
)('the line of %s says how often the event happened again', (_, display) => {
  expect(display).toContain('[ (repeated {repeated} times)]')
})
