import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shortFilter } from '../../../src/cli/output/answers.js'
import { formatFilter, parseFilter } from '../../../src/filter/index.js'

const canonical = (patterns: string[]) => JSON.stringify(formatFilter(parseFilter(patterns)))

describe('shortFilter', () => {
  it('writes a filter as it would be typed', () => {
    expect(shortFilter(canonical([]))).toBe('*')
    expect(shortFilter(canonical(['salt/auth']))).toBe('salt/auth')
    expect(shortFilter(canonical(['salt/job/*/ret/*']))).toBe('salt/job/*/ret/*')
    expect(shortFilter(canonical(['salt/', '!salt/auth']))).toBe('salt/ !salt/auth')
  })

  it('leaves JSON alone if there is no short form', () => {
    for (const filter of [
      '{"exact":{"data.retcode":0}}',
      '{"prefix":{"source":"a"}}',
      '{"prefix":{"tag":"a b"}}',
      '{"not":{"not":{"prefix":{"tag":"a"}}}}',
      'no json',
    ]) {
      expect(shortFilter(filter)).toBe(filter)
    }
  })

  it('keeps its meaning when it is typed again', () => {
    const pattern = fc.stringMatching(/^!?[a-c/]{1,4}[*?]?[a-c]{0,2}$/)
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 4 }), (patterns) => {
        const filter = canonical(patterns)
        const short = shortFilter(filter)
        if (!short.startsWith('{')) expect(canonical(short.split(' '))).toBe(filter)
      }),
    )
  })
})
