import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeUtf8, isUtf8 } from '../../src/event/utf8.js'
import { hex, text } from './bytes.js'

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function platformSays(bytes: Uint8Array): boolean {
  try {
    strict.decode(bytes)
    return true
  } catch {
    return false
  }
}

describe('UTF-8', () => {
  it('is valid exactly when the platform accepts it', () => {
    const near = fc.array(
      fc.constantFrom(
        0x00,
        0x41,
        0x7f,
        0x80,
        0x8f,
        0x90,
        0x9f,
        0xa0,
        0xbf,
        0xc0,
        0xc1,
        0xc2,
        0xdf,
        0xe0,
        0xed,
        0xef,
        0xf0,
        0xf4,
        0xf5,
        0xff,
      ),
      {
        maxLength: 8,
      },
    )
    fc.assert(
      fc.property(fc.oneof(near, fc.array(fc.integer({ min: 0, max: 255 }))), (codes) => {
        const bytes = Uint8Array.from(codes)
        expect(isUtf8(bytes, 0, bytes.length)).toBe(platformSays(bytes))
      }),
      { numRuns: 5000 },
    )
  })

  it('is checked only within the range', () => {
    const bytes = hex('ff c3a9 ff')
    expect(isUtf8(bytes, 1, 3)).toBe(true)
    expect(isUtf8(bytes, 1, 2)).toBe(false)
    expect(isUtf8(bytes, 2, 3)).toBe(false)
    expect(isUtf8(bytes, 4, 4)).toBe(true)
  })

  it('decodes invalid bytes as U+FFFD, and keeps a byte order mark', () => {
    const bytes = Uint8Array.of(...text('\ufeffa'), 0xff, 0x62)
    expect(decodeUtf8(bytes, 0, bytes.length)).toBe('\ufeffa\ufffdb')
  })
})
