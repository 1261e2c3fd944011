import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileGlob, matchGlob } from '../../src/filter/fnmatch.js'
import { compileGlobBits } from '../../src/filter/glob-bits.js'
import { explainFilter, parseFilter } from '../../src/filter/index.js'
import { compileText } from '../../src/filter/text-test.js'

const utf8 = new TextEncoder()

function readsOf(pattern: string, text: Uint8Array): { reads: number; matches: boolean } {
  let reads = 0
  const counted = new Proxy(text, {
    get: (bytes, key) => {
      reads++
      return Reflect.get(bytes, key)
    },
  })
  return { matches: compileText('glob', pattern)(counted, 0, text.length), reads }
}

describe('a glob on a long text', () => {
  it('looks at each byte a few times, whatever the pattern', () => {
    const text = utf8.encode('a'.repeat(4096))
    for (const pattern of [
      `*${'a'.repeat(254)}b`,
      `*${'a?'.repeat(120)}b`,
      `*${'[!b]'.repeat(63)}b`,
      '*a'.repeat(127),
    ]) {
      const { reads, matches } = readsOf(`${pattern}c*`, text)
      expect(matches).toBe(false)
      expect(reads).toBeLessThanOrEqual(4 * text.length)
    }
  })

  it('looks no further if its end does not fit', () => {
    const text = utf8.encode('a'.repeat(4096))
    const { reads, matches } = readsOf(`${'*a'.repeat(120)}*a-1`, text)
    expect(matches).toBe(false)
    expect(reads).toBeLessThan(20)
  })

  it.each([
    ['of 32 characters', `*${'a?'.repeat(16)}*`, 12],
    ['of 120 characters', `*${'a?'.repeat(60)}*`, 53],
    ['of 240 characters', `*${'a?'.repeat(120)}*`, 98],
    ['of 1 character', '*a'.repeat(120), 37],
    ['at the start only', 'a?'.repeat(120), 37],
  ])('costs more if a part that is searched takes several steps a character: %s', (_, glob, points) => {
    const { cost } = explainFilter(parseFilter({ glob: { 'data.text': glob } }))
    expect(cost.points).toBe(points)
  })

  it('matches as the comparison step by step does', () => {
    const part = fc.constantFrom(
      'a',
      'b',
      'é',
      '\u{1f514}',
      '*',
      '?',
      '[a-b]',
      '[!b]',
      '[!a-é]',
      '[b-a]',
      '-',
    )
    const pattern = fc.string({ unit: part, maxLength: 80 })
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '-', '\u{1f514}'), maxLength: 80 })
    fc.assert(
      fc.property(pattern, text, (glob, value) => {
        const bytes = utf8.encode(`a${value}a`)
        const end = bytes.length - 1
        expect(compileGlobBits(glob)(bytes, 1, end)).toBe(matchGlob(compileGlob(glob), bytes, 1, end))
      }),
    )
  })

  it.each([
    ['a'.repeat(31), 31],
    ['a'.repeat(32), 32],
    ['a'.repeat(33), 33],
    [`${'a'.repeat(32)}*`, 40],
    [`*${'a?'.repeat(50)}*`, 200],
    [`${'?'.repeat(96)}`, 96],
  ])('matches across the words of its state: %s', (pattern, length) => {
    const test = compileGlobBits(pattern)
    const [fits, short] = [utf8.encode('a'.repeat(length)), utf8.encode('a'.repeat(20))]
    expect([test(fits, 0, fits.length), test(short, 0, short.length)]).toEqual([true, false])
  })
})

describe('a glob on a short text', () => {
  it('is given up at its end if that does not fit, and is through if only a star is before it', () => {
    const text = utf8.encode(`a/${'x'.repeat(200)}/ret/web2`)
    expect(readsOf('a/*/ret/web1', text)).toMatchObject({ matches: false, reads: 3 })
    expect(readsOf('a/*/ret/web2', text)).toMatchObject({ matches: true, reads: 2 + '/ret/web2'.length })
    expect(readsOf('a/*a/x', utf8.encode('a/x'))).toMatchObject({ matches: false })
  })

  it('matches as the comparison step by step does, also what is not UTF-8', () => {
    const pattern = fc.array(fc.constantFrom('a', 'b', 'é', '*', '?', '[!b]'), { maxLength: 8 })
    const text = fc.array(fc.constantFrom(0x61, 0x62, 0xc3, 0xa9), { maxLength: 12 })
    fc.assert(
      fc.property(pattern, text, (parts, codes) => {
        const glob = parts.join('')
        const bytes = Uint8Array.from(codes)
        const expected = matchGlob(compileGlob(glob), bytes, 0, bytes.length)
        expect(compileText('glob', glob)(bytes, 0, bytes.length)).toBe(expected)
      }),
      { numRuns: 2000 },
    )
  })
})
