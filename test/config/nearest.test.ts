import { expect, it } from 'vitest'
import { nearest } from '../../src/config/nearest.js'

const words = ['retention', 'segment', 'engine', 'ring']

it('finds the word with a letter changed, missing, added or swapped, whatever the case', () => {
  expect(nearest('retentoin', words)).toBe('retention')
  expect(nearest('retension', words)).toBe('retention')
  expect(nearest('segments', words)).toBe('segment')
  expect(nearest('Egnine', words)).toBe('engine')
  expect(nearest('rng', words)).toBe('ring')
})

it('finds none if none is similar', () => {
  expect(nearest('colour', words)).toBeUndefined()
  expect(nearest('x', words)).toBeUndefined()
  expect(nearest('retention'.repeat(100), words)).toBeUndefined()
})
