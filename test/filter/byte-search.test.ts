import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { byteSearch } from '../../src/filter/byte-search.js'

const bytesOf = (text: string) => new TextEncoder().encode(text)

describe('a search for bytes', () => {
  it('finds the first place in a range, as a search in texts does', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 40 })
    const wanted = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(letters, letters, letters, wanted, (before, text, after, wanted) => {
        const bytes = bytesOf(before + text + after)
        const [start, end] = [before.length, before.length + text.length]
        const found = text.indexOf(wanted)
        expect(byteSearch(bytesOf(wanted))(bytes, start, end)).toBe(found < 0 ? -1 : start + found)
      }),
    )
  })

  it('finds what comes after a long text that nearly matches everywhere', () => {
    const wanted = `b${'a'.repeat(100)}`
    const bytes = bytesOf('a'.repeat(10_000) + wanted)
    expect(byteSearch(bytesOf(wanted))(bytes, 0, bytes.length)).toBe(10_000)
    expect(byteSearch(bytesOf(wanted))(bytes, 0, bytes.length - 1)).toBe(-1)
  })
})
