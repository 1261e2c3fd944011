import { expect, it } from 'vitest'
import { checkResults, publicNames } from './examples.js'
import { typeErrors } from './programs.js'

const names = publicNames()
const programs = names.flatMap(({ programs }) => programs)

it('each function that the package exports has an example in its doc comment', () => {
  const functions = names.filter(({ isFunction }) => isFunction)
  expect(new Set(names.map(({ entry }) => entry)).size).toBe(10)
  expect(functions.length).toBeGreaterThan(100)
  const without = functions.filter(({ own }) => own.length === 0)
  expect(without.map(({ entry, name }) => `${entry}: ${name}`)).toEqual([])
})

it('the examples in doc comments compile as programs of users', () => {
  expect(programs.length).toBeGreaterThan(200)
  expect(typeErrors(programs)).toEqual([])
})

it('the results that examples in doc comments show are those that a program gets', () => {
  const { compared, wrong } = checkResults(programs)
  expect(wrong).toEqual([])
  expect(compared).toBeGreaterThan(100)
})
