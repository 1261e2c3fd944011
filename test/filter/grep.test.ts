import { describe, expect, it } from 'vitest'
import { grepSpans } from '../../src/filter/grep.js'
import { compileFilter, type FilterInput, filterKey, parseFilter } from '../../src/filter/index.js'
import { frameAt, type TestEvent } from './frames.js'

const compiled = (grep: unknown) => compileFilter(parseFilter({ grep }), { typeOf: (tag) => tag })

function matches(grep: unknown, event: TestEvent): boolean {
  const { bytes, at } = frameAt(event)
  return compiled(grep).matches(bytes, at)
}

const saying = (text: unknown) => ({ tag: 'app/log', data: { message: text } })

describe('a search for words', () => {
  it('looks into the tag and every text of the body, however deep', () => {
    expect(matches('log', { tag: 'app/log' })).toBe(true)
    expect(matches('refused', { tag: 't', data: [{ a: ['card refused'] }] })).toBe(true)
    expect(matches('refused', { tag: 't', data: 'refused' })).toBe(true)
  })

  it('does not look at keys, numbers and bytes', () => {
    expect(matches('message', saying('x'))).toBe(false)
    expect(matches('7', saying(7))).toBe(false)
    expect(matches('abc', saying(new TextEncoder().encode('abc')))).toBe(false)
    expect(matches('b', { tag: 't', data: { a: { b: 'c' } } })).toBe(false)
  })

  it('finds whole words only, and addresses as they are written', () => {
    expect(matches('timeout', saying('3 timeouts'))).toBe(false)
    expect(matches('timeout', saying('timeouts, then one timeout.'))).toBe(true)
    expect(matches('203.0.113.6', saying('from 203.0.113.66'))).toBe(false)
    expect(matches('203.0.113.66', saying('from 203.0.113.66:22'))).toBe(true)
    expect(matches('für', saying('dafür und für'))).toBe(true)
    expect(matches('f', saying('für'))).toBe(false)
    expect(matches('=5', saying('a=5'))).toBe(true)
  })

  it('finds no words that go from one text into the next', () => {
    expect(matches('one two', { tag: 't', data: ['one ', 'two'] })).toBe(false)
  })
})

describe('a search for a part or a pattern', () => {
  it('finds parts of words', () => {
    expect(matches({ part: 'imeou' }, saying('timeouts'))).toBe(true)
    expect(matches({ pattern: 'time(out|r)s' }, saying('timeouts'))).toBe(true)
  })

  it('can leave case out of account', () => {
    expect(matches({ words: 'ERROR', ignoreCase: true }, saying('an error, twice'))).toBe(true)
    expect(matches({ words: 'ERROR', ignoreCase: true }, saying('errors'))).toBe(false)
    expect(matches({ part: 'КОЛОКОЛ', ignoreCase: true }, saying('колокола'))).toBe(true)
    expect(matches({ pattern: 'Err|Warn', ignoreCase: true }, saying('a warning'))).toBe(true)
  })
})

describe('a search', () => {
  it('looks at the first bytes of a very long event only', () => {
    expect(matches('end', saying(`${'x '.repeat(1000)}end`))).toBe(true)
    expect(matches('end', saying(`${'x '.repeat(40_000)}end`))).toBe(false)
    expect(matches({ pattern: 'end$' }, saying(`${'x '.repeat(10_000)}end`))).toBe(false)
  })

  it('knows of frames without the bytes before it looks at them', () => {
    const { bytes } = frameAt(saying('card refused'))
    const mayMatch = (filter: FilterInput) =>
      compileFilter(parseFilter(filter), { typeOf: (tag) => tag }).mayMatch?.(bytes, 0, bytes.length)
    expect(mayMatch({ grep: 'refuse' })).toBe(true)
    expect(mayMatch({ grep: 'accepted' })).toBe(false)
    expect(mayMatch({ all: [{ prefix: { tag: 'app' } }, { grep: 'accepted' }] })).toBe(false)
    expect(mayMatch({ any: [{ grep: 'refused' }, { grep: 'accepted' }] })).toBe(true)
    expect(mayMatch({ any: [{ grep: 'accepted' }, { prefix: { tag: 'app' } }] })).toBe(undefined)
    expect(mayMatch({ not: { grep: 'accepted' } })).toBe(undefined)
  })

  it('has one canonical form', () => {
    expect(filterKey(parseFilter({ grep: { words: 'a', ignoreCase: false } }))).toBe('{"grep":"a"}')
    expect(filterKey(parseFilter({ grep: { ignoreCase: true, part: 'a' } }))).toBe(
      '{"grep":{"part":"a","ignoreCase":true}}',
    )
  })

  it.each([
    [{ grep: '' }, 'text is expected'],
    [{ grep: {} }, 'one of words, part, pattern is expected'],
    [{ grep: { words: 'a', part: 'b' } }, 'one of words, part, pattern is expected'],
    [{ grep: { words: 'a', ignoreCase: 1 } }, 'ignoreCase is true or false, not number 1'],
    [{ grep: { pattern: '(?=x)' } }, 'look-ahead is not supported'],
    [{ grep: 'a'.repeat(257) }, 'longer than 256 bytes'],
  ])('refuses %j', (filter, message) => {
    expect(() => parseFilter(filter)).toThrow(message)
  })
})

describe('the places of matches in a text', () => {
  const spans = (grep: unknown, text: string) => grepSpans(parseFilter({ grep }))(text)

  it('are those of whole words, parts or patterns, in order', () => {
    expect(spans('log', 'log logs log')).toEqual([
      [0, 3],
      [9, 12],
    ])
    expect(spans({ part: 'log' }, 'log logs')).toHaveLength(2)
    expect(spans({ pattern: 'a+', ignoreCase: true }, 'b aA b')).toEqual([[2, 4]])
    expect(spans({ pattern: 'x*' }, 'ab')).toEqual([])
    expect(spans('a', 'ba a')).toEqual([[3, 4]])
  })
})
