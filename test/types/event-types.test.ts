import { expect, expectTypeOf, it } from 'vitest'
import { type DataOf, defineType, type HubGap, TypeRegistry } from '../../src/types/index.js'

declare module '../../src/types/event-type.js' {
  interface EventTypes {
    'test.door': { open: boolean }
  }
}

it('knows the data of a type that a package adds', () => {
  expectTypeOf<DataOf<'test.door'>>().toEqualTypeOf<{ open: boolean }>()
  expectTypeOf<DataOf<'hub.gap'>>().toEqualTypeOf<HubGap>()
  expectTypeOf<DataOf<'no.such'>>().toEqualTypeOf<unknown>()
})

it('keeps the name of a defined type, and the definition as it was', () => {
  const tags = ['test/door']
  const door = defineType({ type: 'test.door', tags })
  tags.push('else')
  expectTypeOf(door.type).toEqualTypeOf<'test.door'>()
  expect(door).toMatchObject({ type: 'test.door', tags: ['test/door'] })
  expect(Object.isFrozen(door)).toBe(true)
})

it('makes a schema that is given as a function when somebody asks for it, and once', () => {
  let made = 0
  const schema = () => ({ type: 'object', title: `${++made}` })
  const type = defineType({ type: 'acme.door', tags: ['acme/door'], schema })
  new TypeRegistry([type])
  expect(made).toBe(0)
  expect([type.schema?.title, type.schema?.title]).toEqual(['1', '1'])
})
