import { describe, expect, it } from 'vitest'
import { filterOf, searchOf } from '../../../src/cli/hub/filter-argument.js'
import { highlighter } from '../../../src/cli/output/grep.js'

describe('--grep', () => {
  it('means whole words, also in addresses and names of files', () => {
    expect(searchOf({ grep: 'link down' })).toEqual({ grep: { words: 'link down', ignoreCase: false } })
    expect(searchOf({ grep: '203.0.113.66' })).toEqual({ grep: { words: '203.0.113.66', ignoreCase: false } })
  })

  it('means an expression if it has another special character, and parts of words with --part', () => {
    expect(searchOf({ grep: 'link (down|up)' })).toEqual({
      grep: { pattern: 'link (down|up)', ignoreCase: false },
    })
    expect(searchOf({ grep: 'a[0]', part: true, ignoreCase: true })).toEqual({
      grep: { part: 'a[0]', ignoreCase: true },
    })
  })

  it('is joined with the other conditions', async () => {
    expect(await filterOf([], {})).toBeUndefined()
    expect(await filterOf(['a/'], {})).toEqual(['a/'])
    expect(await filterOf([], { where: 'kind = 1' })).toEqual({ sql: 'kind = 1' })
    expect(await filterOf(['a/'], { grep: 'x' })).toEqual({
      all: [{ prefix: { tag: 'a/' } }, { grep: { words: 'x', ignoreCase: false } }],
    })
    await expect(filterOf([], { grep: '(?=x)' })).rejects.toThrow('look-ahead is not supported')
  })
})

describe('a line', () => {
  const marked = (grep: unknown, line: string) => highlighter({ grep })(line)

  it('has its matches marked, and keeps its colours', () => {
    expect(marked({ pattern: 'a+' }, 'b\x1b[31maab\x1b[39m a')).toBe(
      'b\x1b[31m\x1b[7maa\x1b[27mb\x1b[39m \x1b[7ma\x1b[27m',
    )
    expect(marked('order/3', 'x order/3 order/33')).toBe('x \x1b[7morder/3\x1b[27m order/33')
    expect(marked({ pattern: 'x*' }, 'ab')).toBe('ab')
  })
})
