import { expect, it } from 'vitest'
import { Event } from '../../src/event/event.js'
import { encode, encodeFrame } from '../../src/event/index.js'
import { outlineOf } from '../../src/incremental/outline.js'

const eventOf = (data: unknown) =>
  new Event(encodeFrame({ tag: 'a/b', source: 's', seq: 1, body: encode(data) }))
const LONG = 'x'.repeat(200_000)

it('is all of the data of an event that is not long', () => {
  expect(outlineOf(eventOf({ a: 1, b: ['x'] }))).toEqual({ a: 1, b: ['x'] })
})

it('leaves out what is long, and what comes behind very much', () => {
  expect(outlineOf(eventOf({ message: 'disk full', dump: LONG, severity: 'crit' }))).toEqual({
    message: 'disk full',
    dump: '…',
    severity: 'crit',
  })
  const wide = Object.fromEntries(Array.from({ length: 20_000 }, (_, nth) => [`k${nth}`, nth]))
  expect(Object.keys(outlineOf(eventOf(wide)) as object)).toHaveLength(64)
  expect(outlineOf(eventOf({ dump: 'x'.repeat(2 * 2 ** 20), severity: 'crit' }))).toEqual({ dump: '…' })
})

it('is the beginning of a list or a text, and says of bytes only that there are some', () => {
  expect(outlineOf(eventOf([1, LONG, 2]))).toEqual([1, '…', 2])
  expect(outlineOf(eventOf('ä'.repeat(100_000)))).toMatch(/^ä{2000,2048}…$/)
  expect(outlineOf(eventOf(new Uint8Array(200_000)))).toBe('…')
})
