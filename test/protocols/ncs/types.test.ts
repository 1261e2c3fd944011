import { expect, it } from 'vitest'
import { ncsTypes } from '../../../src/protocols/ncs/types/index.js'
import { faultOfDisplay } from '../../../src/types/display.js'

it.each(ncsTypes.map((type) => [type.type, type] as const))(
  'the line of %s names fields of its schema',
  (_, { display, schema }) => {
    expect(schema).toMatchObject({ type: 'object' })
    if (display !== undefined) expect(faultOfDisplay(display, schema)).toBeUndefined()
  },
)
