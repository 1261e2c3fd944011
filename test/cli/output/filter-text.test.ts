import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { filterText } from '../../../src/cli/output/filter-text.js'
import { formatFilter, parseFilter, withCondition } from '../../../src/filter/index.js'

const canonical = (patterns: string[]) => JSON.stringify(formatFilter(parseFilter(patterns)))

describe('filterText', () => {
  it('writes a filter as it would be typed', () => {
    expect(filterText(canonical([]))).toBe('*')
    expect(filterText(canonical(['salt/auth']))).toBe('salt/auth')
    expect(filterText(canonical(['salt/job/*/ret/*']))).toBe('salt/job/*/ret/*')
    expect(filterText(canonical(['salt/', '!salt/auth']))).toBe('salt/ !salt/auth')
    expect(filterText(canonical(['!*debug*', '!*.tmp']))).toBe('!*debug* !*.tmp')
    expect(filterText(undefined)).toBe('*')
  })

  it('writes what a subscriber gave, with its condition', () => {
    expect(filterText('["salt/","!*log*"]')).toBe('salt/ !*log*')
    expect(filterText('"salt/"')).toBe('salt/')
    expect(filterText('[]')).toBe('*')
    expect(filterText(JSON.stringify({ sql: 'data.retcode <> 0' }))).toBe('--where data.retcode <> 0')
    expect(filterText(JSON.stringify(withCondition(['salt/', '!*log*'], 'data.retcode <> 0')))).toBe(
      'salt/ !*log* --where data.retcode <> 0',
    )
  })

  it('leaves JSON alone if there is no short form', () => {
    for (const filter of [
      '{"exact":{"data.retcode":0}}',
      '{"prefix":{"source":"a"}}',
      '{"prefix":{"tag":"a b"}}',
      '{"prefix":{"tag":"a*b"}}',
      '{"not":{"all":[{"prefix":{"tag":"a"}},{"not":{"prefix":{"tag":"b"}}}]}}',
      '{"not":{"not":{"prefix":{"tag":"a"}}}}',
      'no json',
    ]) {
      expect(filterText(filter)).toBe(filter)
    }
  })

  it('keeps its meaning when it is typed again', () => {
    const pattern = fc.stringMatching(/^!?[*]?[a-c/]{1,4}[*?]?[a-c]{0,2}$/)
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 4 }), (patterns) => {
        const filter = canonical(patterns)
        const short = filterText(filter)
        if (!short.startsWith('{')) expect(canonical(short.split(' '))).toBe(filter)
      }),
    )
  })
})
