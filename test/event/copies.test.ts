import { expect, it } from 'vitest'
import { knowCopies } from '../../src/event/copies.js'

function copyOf(name: string) {
  class Copy {
    readonly value = 1
  }
  knowCopies(Copy, name)
  return Copy
}

const [One, Other, Stranger] = [copyOf('one'), copyOf('one'), copyOf('stranger')]

it('a class knows values of a copy of it, and of no other class', () => {
  expect(new Other()).toBeInstanceOf(One)
  expect(new One()).toBeInstanceOf(One)
  for (const value of [new Stranger(), {}, null, undefined, 'one', Object.create(null)])
    expect(value instanceof One).toBe(false)
})

it('a subclass has its own values alone', () => {
  class Sub extends One {}
  expect(new Sub()).toBeInstanceOf(Sub)
  expect(new Sub()).toBeInstanceOf(Other)
  expect(new One()).not.toBeInstanceOf(Sub)
})

it('the values show nothing of it', () => {
  const value = new One()
  expect(Reflect.ownKeys(value)).toEqual(['value'])
  expect({ ...value }).toEqual({ value: 1 })
})
