import { expect, test } from 'vitest'
import { Pages } from '../../src/client/pages.js'

const [none, some] = [new Uint8Array(0), new Uint8Array(1)]

/** Follows the pages that begin at the places, and returns the number of those that were taken. */
function taken(places: Iterable<string | undefined>, frames = none): number {
  const pages = new Pages()
  let count = 0
  for (const next of places) {
    if (pages.after({ next, frames }) === undefined) return count
    count++
  }
  return count
}

function* circle(length: number, before: number): Generator<string> {
  for (let at = 0; at < before; at++) yield `before ${at}`
  for (let at = 0; ; at++) yield `place ${at % length}`
}

function* places(count: number): Generator<string | undefined> {
  for (let at = 0; at < count; at++) yield `place ${at}`
  yield undefined
}

test('pages of a log end where the hub says so', () => {
  expect(taken(places(5))).toBe(5)
  expect(taken(places(200_000), some)).toBe(200_000)
})

test.each([1, 2, 3, 7, 1000])('%i pages that lead to each other are found, with events too', (length) => {
  for (const frames of [none, some]) {
    for (const before of [0, 1, 50])
      expect(() => taken(circle(length, before), frames)).toThrow('leads to itself')
  }
})

test('pages without an event do not go on for ever, wherever they lead', () => {
  expect(() => taken(places(1e9))).toThrow('pages of the hub have no event')
})
