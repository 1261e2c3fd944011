import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LONGEST_CACHED, SHORTEST_CACHED, TextCache } from '../../../src/event/msgpack/text-cache.js'
import { text } from '../bytes.js'

const read = (cache: TextCache, bytes: Uint8Array) =>
  cache.read(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length)

const ascii = fc.string({
  minLength: SHORTEST_CACHED,
  maxLength: LONGEST_CACHED,
  unit: fc.constantFrom('a', 'b', '-', '/'),
})

describe('cache of texts', () => {
  it('gives the text of the bytes, whatever came before', () => {
    const cache = new TextCache()
    fc.assert(
      fc.property(
        fc.array(ascii, { minLength: 1, maxLength: 20 }),
        fc.array(fc.nat(19), { maxLength: 100 }),
        (texts, order) => {
          for (const index of order) {
            const expected = texts[index % texts.length]
            expect(read(cache, text(expected))).toBe(expected)
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  it('keeps texts of every length apart that differ in one byte', () => {
    const cache = new TextCache()
    for (let length = SHORTEST_CACHED; length <= LONGEST_CACHED; length++) {
      for (let index = 0; index < length; index++) {
        const expected = `${'x'.repeat(index)}y${'x'.repeat(length - index - 1)}`
        for (let round = 0; round < 3; round++) {
          expect(read(cache, text(expected))).toBe(expected)
          expect(read(cache, text('x'.repeat(length)))).toBe('x'.repeat(length))
        }
      }
    }
  })

  it('gives U+FFFD for what is not UTF-8 each time', () => {
    const cache = new TextCache()
    for (let round = 0; round < 4; round++) {
      expect(read(cache, Uint8Array.of(...text('12345678'), 0xff))).toBe('12345678\ufffd')
    }
  })
})
