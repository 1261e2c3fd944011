import { describe, expect, it } from 'vitest'
import { grepFor } from '../../../src/cli/output/grep.js'
import { sampleEvent } from './sample.js'

const matches = (pattern: string, data: unknown, tag = 'shop/order', ignoreCase = false) =>
  grepFor(pattern, ignoreCase).matches(sampleEvent({ tag, data }))

describe('--grep', () => {
  it('looks into the tag and every text of the body, however deep', () => {
    expect(matches('order', {})).toBe(true)
    expect(matches('link (down|up)', { list: [{ line: 'the link down' }] })).toBe(true)
    expect(matches('link down', new Map([[7, 'the link down']]))).toBe(true)
    expect(matches('down', 'down')).toBe(true)
  })

  it('does not look at keys, numbers and bytes', () => {
    expect(matches('line', { line: 'x' })).toBe(false)
    expect(matches('7', { n: 7 })).toBe(false)
    expect(matches('abc', new TextEncoder().encode('abc'))).toBe(false)
  })

  it('tells upper from lower case, unless told otherwise', () => {
    expect(matches('ERROR', { line: 'error' })).toBe(false)
    expect(matches('ERROR', { line: 'error' }, 'x', true)).toBe(true)
    expect(matches('КОЛОКОЛ', { line: 'колокол' }, 'x', true)).toBe(true)
  })

  it('refuses what a linear engine does not have', () => {
    expect(() => grepFor('(?=x)', false)).toThrow('look-ahead is not supported')
  })

  it('marks the matches, and keeps colours', () => {
    const { highlight } = grepFor('a+', false)
    expect(highlight('b\x1b[31maab\x1b[39m a')).toBe('b\x1b[31m\x1b[7maa\x1b[27mb\x1b[39m \x1b[7ma\x1b[27m')
    expect(grepFor('order/3', false).highlight('x order/3 order/3')).toBe(
      'x \x1b[7morder/3\x1b[27m \x1b[7morder/3\x1b[27m',
    )
    expect(grepFor('x*', false).highlight('ab')).toBe('ab')
    expect(grepFor('', false).highlight('ab')).toBe('ab')
  })
})
