import { expect, it } from 'vitest'
import { rangeIn } from '../../console/pages/events/range.js'

const range = (query: string) => rangeIn(new URLSearchParams(query))

it('the range of an address is its span up to now, or its times', () => {
  expect(range('range=6h')).toEqual({ from: '-6h' })
  expect(range('range=2h 30m')).toEqual({ from: '-2h 30m' })
  expect(range('from=06:00&to=07:00&edges=a')).toEqual({ from: '06:00', to: '07:00', edges: 'a' })
})

it('a span that cannot be read is the usual one', () => {
  const spans = ['', '1 1 1', '12 lightyears', '-1h', 'nonsense', '9'.repeat(300)]
  expect(spans.map((span) => range(`range=${span}`).from)).toEqual(spans.map(() => '-15m'))
})
