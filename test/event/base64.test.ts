import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeBase64, encodeBase64 } from '../../src/event/base64.js'

describe('base64', () => {
  it('writes what Node writes, and reads it back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const text = encodeBase64(bytes)
        expect(text).toBe(Buffer.from(bytes).toString('base64'))
        expect(decodeBase64(text)).toEqual(bytes)
      }),
    )
  })

  it('accepts only exact base64', () => {
    for (const text of [
      'a',
      'ab',
      'abc',
      'ab=c',
      'ab==cd==',
      'a b=',
      'abc-',
      '====',
      'aé==',
      'QUJ=',
      'QR==',
      'QUJD\n',
    ]) {
      expect(decodeBase64(text)).toBeUndefined()
    }
  })
})
