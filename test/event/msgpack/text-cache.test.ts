import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_CACHED_LENGTH, MIN_CACHED_LENGTH, TextCache } from '../../../src/event/msgpack/text-cache.js'
import { text } from '../bytes.js'

const read = (cache: TextCache, bytes: Uint8Array) =>
  cache.read(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length)

const ascii = fc.string({
  minLength: MIN_CACHED_LENGTH,
  maxLength: MAX_CACHED_LENGTH,
  unit: fc.constantFrom('a', 'b', '-', '/'),
})

describe('cache of texts', () => {
  it('gives the text of the bytes, whatever was read before', () => {
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

  it('distinguishes texts of every length that differ in one byte', () => {
    const cache = new TextCache()
    for (let length = MIN_CACHED_LENGTH; length <= MAX_CACHED_LENGTH; length++) {
      for (let index = 0; index < length; index++) {
        const expected = `${'x'.repeat(index)}y${'x'.repeat(length - index - 1)}`
        for (let round = 0; round < 3; round++) {
          expect(read(cache, text(expected))).toBe(expected)
          expect(read(cache, text('x'.repeat(length)))).toBe('x'.repeat(length))
        }
      }
    }
  })

  it('replaces invalid UTF-8 with U+FFFD every time', () => {
    const cache = new TextCache()
    for (let round = 0; round < 4; round++) {
      expect(read(cache, Uint8Array.of(...text('12345678'), 0xff))).toBe('12345678\ufffd')
    }
  })
})
