import { describe, expect, test } from 'vitest'
import { encode } from '../../../../src/event/msgpack/encoder.js'
import { joinBody, splitBody } from '../../../../src/protocols/salt/codec/body.js'
import { concat, hex, text, toHex } from '../../../event/bytes.js'

const data = encode({ a: 1 })

describe('the body of an event', () => {
  test('is the tag, two line feeds, and the data', () => {
    const body = joinBody('my/tag', data)
    expect(toHex(body)).toBe(`${toHex(text('my/tag'))}0a0a81a16101`)
    expect(splitBody(body)).toEqual({ tag: 'my/tag', data })
  })

  test('may have a tag that is not ASCII, and data that is not a map', () => {
    for (const value of [[1, 2], 7, null, 'text']) {
      const body = joinBody('größe/ü', encode(value))
      expect(splitBody(body).tag).toBe('größe/ü')
    }
  })

  test.each([
    ['has no separator', text('my/tag'), 'TCN_FRAME_SEPARATOR'],
    ['is empty', new Uint8Array(0), 'TCN_FRAME_SEPARATOR'],
    ['has a tag that is not UTF-8', concat(hex('ff 61 0a 0a'), data), 'TCN_TAG_UTF8'],
  ])('that %s cannot be split', (_, body, code) => {
    expect(() => splitBody(body)).toThrow(expect.objectContaining({ code }))
  })

  test('cannot be made with a tag that readers would split elsewhere', () => {
    for (const tag of ['a\n\nb', 'a\n']) expect(() => joinBody(tag, data)).toThrow('control character')
  })
})
