import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseBounded } from '../../../src/event/json/bounded.js'

it('any JSON of few values is read as by JSON.parse', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(parseBounded(text)).toEqual(JSON.parse(text))
    }),
  )
})

it.each([
  ['empty lists', `[${'[],'.repeat(40_000)}0]`],
  ['keys', `{${Array.from({ length: 40_000 }, (_, nth) => `"${nth}":0`).join(',')}}`],
  ['levels', '['.repeat(40_000)],
])('text with too many %s is refused before it is read', (_, text) => {
  expect(() => parseBounded(text)).toThrow('the JSON has more than 32768 values')
})

it('what is no JSON is refused as by JSON.parse', () => {
  expect(() => parseBounded('{"a":}')).toThrow(SyntaxError)
})
