import { expect, test } from 'vitest'
import { trendOf } from '../../bench/harness/flat.js'

test('values that go up and down are flat, whatever the first two are', () => {
  expect(trendOf([10, 500, 100, 110, 90, 105, 95, 108])).toMatchObject({ flat: true })
})

test('values that grow by more than a tenth are not flat', () => {
  const { growth, flat } = trendOf([100, 100, 100, 100, 105, 110, 115, 120])!
  expect(growth).toBeCloseTo(0.175)
  expect(flat).toBe(false)
})

test('values that fall are flat', () => {
  expect(trendOf([200, 200, 200, 100, 50])).toMatchObject({ flat: true })
})

test('too few values tell nothing', () => {
  expect(trendOf([1, 1, 1, 1])).toBeUndefined()
})
