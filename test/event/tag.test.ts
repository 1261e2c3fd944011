import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tagSegment } from '../../src/event/tag.js'
import { text } from './bytes.js'

describe('a name from elsewhere as a segment of a tag', () => {
  it.each([
    ['web1.example.com', 'web1.example.com'],
    ['höst ✓', 'höst ✓'],
    ['', '-'],
    ['/var/log', '%2Fvar%2Flog'],
    ['100%', '100%25'],
    ['a\nb\x7f', 'a%0Ab%7F'],
    ['\u0085', '%C2%85'],
    ['\ud800', '\ufffd'],
    ['x'.repeat(128), 'x'.repeat(128)],
  ])('%j is %j', (name, segment) => {
    expect(tagSegment(name)).toBe(segment)
  })

  it('is truncated above 128 bytes, ends in a hash, and stays distinct', () => {
    const first = tagSegment(`${'x'.repeat(200)}1`)
    const second = tagSegment(`${'x'.repeat(200)}2`)
    expect(first).toMatch(/^x{111}~[0-9a-f]{16}$/)
    expect(second).not.toBe(first)
    expect(tagSegment(`${'x'.repeat(200)}1`)).toBe(first)
  })

  it('is never cut within a character or a percent code', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 100, maxLength: 200 }), (name) => {
        const segment = tagSegment(name)
        expect(text(segment).length).toBeLessThanOrEqual(128)
        expect(segment).not.toMatch(/[/\u0000-\u001f\u007f-\u009f]|%(?![0-9A-F]{2})/)
        expect(segment).not.toMatch(/\p{Surrogate}/u)
      }),
    )
  })
})
