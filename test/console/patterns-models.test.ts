import { expect, it } from 'vitest'
import { patternOf, wordsIn } from '../../console/pages/events/patterns/patterns.js'

it('everything with a digit may be anything in a pattern', () => {
  expect(patternOf('took 12.5ms at web3.ams:443, id 550e8400-e29b, 90 %')).toBe(
    'took ‹…› at ‹…›, id ‹…›, ‹…› %',
  )
  expect(patternOf('nothing changes here')).toBe('nothing changes here')
  expect(patternOf('٣ und ４')).toBe('‹…› und ‹…›')
})

it('the longest words of an event find others like it, if there are any', () => {
  expect(wordsIn({ a: 'ok', message: 'connection 3 to db1 was refused by peer', n: 4 })).toBe(
    'was refused by peer',
  )
  expect(wordsIn({ message: 'it said "no such file" 3 times' })).toBe('no such file')
  for (const none of [undefined, null, 'text 3', { a: 1 }, { a: 'x1' }, []])
    expect(wordsIn(none)).toBeUndefined()
})
