import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { summaryOf } from '../../src/types/summary.js'

describe('the summary of an event without a display', () => {
  it('begins with what the event says, whatever comes first in its data', () => {
    expect(summaryOf({ pid: 1, message: 'link is down', host: 'a' }, 80)).toBe('link is down  pid=1 host=a')
    expect(summaryOf({ error: 'no', text: 'tried' }, 80)).toBe('tried  error=no')
    expect(summaryOf({ message: 7, a: 1 }, 80)).toBe('message=7 a=1')
    expect(summaryOf({ message: 'alone' }, 80)).toBe('alone')
  })

  it('shows short values before long ones, and lists and maps last', () => {
    const data = { map: { a: 1 }, long: 'x'.repeat(20), list: [1], state: 'up', n: 5 }
    expect(summaryOf(data, 200)).toBe(`state=up n=5 long=${'x'.repeat(20)} map={a: 1} list=[1]`)
  })

  it('is what the data is where that is no map', () => {
    expect([null, 7, 'two words', [1, 'a']].map((data) => summaryOf(data, 80))).toEqual([
      'null',
      '7',
      'two words',
      '[1, a]',
    ])
  })

  it('is bounded, and shows each field of a small map once', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.integer({ min: 1, max: 200 }), (data, room) => {
        expect(summaryOf(data, room).length).toBeLessThan(8 * room + 300)
      }),
    )
    const wide = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`k${n}`, n]))
    expect(summaryOf(wide, 10_000).split(' ')).toHaveLength(100)
  })
})
