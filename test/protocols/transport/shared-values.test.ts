import { expect, it } from 'vitest'
import { SharedValues } from '../../../src/protocols/transport/shared-values.js'

it('values of the same texts are one, and others are not', () => {
  const values = new SharedValues<object>()
  const one = values.of(['a', 'b'], () => ({}))
  expect(values.of(['a', 'b'], () => ({}))).toBe(one)
  expect(values.of(['ab'], () => ({}))).not.toBe(one)
  expect(values.of([''], () => ({}))).not.toBe(values.of([undefined], () => ({})))
})

it('a value that has not been asked for during many others is made again', () => {
  const values = new SharedValues<object>()
  const made = Array.from({ length: 65 }, (_, nth) => values.of([String(nth)], () => ({})))
  expect(values.of(['64'], () => ({}))).toBe(made[64])
  expect(values.of(['0'], () => ({}))).not.toBe(made[0])
})

it('a value that cannot be made is tried again', () => {
  const values = new SharedValues<object>()
  const fail = () => {
    throw new Error('none')
  }
  expect(() => values.of(['a'], fail)).toThrow('none')
  const made = {}
  expect(values.of(['a'], () => made)).toBe(made)
})
