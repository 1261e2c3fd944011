import { describe, expect, test } from 'vitest'
import { encode } from '../../../../src/event/msgpack/encoder.js'
import { checkBody, joinBody, splitBody } from '../../../../src/faces/salt/codec/body.js'
import { concat, hex, text, toHex } from '../../../event/bytes.js'

const data = encode({ a: 1 })

describe('the body of an event', () => {
  test('is tag, two line feeds, data', () => {
    const body = joinBody('my/tag', data)
    expect(toHex(body)).toBe(`${toHex(text('my/tag'))}0a0a81a16101`)
    expect(splitBody(body)).toEqual({ tag: 'my/tag', data })
    expect(checkBody(body, 0, body.length)).toBeUndefined()
  })

  test('may have a tag that is not ASCII, and data that is no map', () => {
    for (const value of [[1, 2], 7, null, 'text']) {
      const body = joinBody('größe/ü', encode(value))
      expect(checkBody(body, 0, body.length)).toBeUndefined()
      expect(splitBody(body).tag).toBe('größe/ü')
    }
  })

  test.each([
    ['has no separator', text('my/tag'), 'TCN_FRAME_SEPARATOR'],
    ['is empty', new Uint8Array(0), 'TCN_FRAME_SEPARATOR'],
    ['has no tag', concat(text('\n\n'), data), 'TCN_TAG_EMPTY'],
    ['has a tag of more than 1024 bytes', joinBody('x'.repeat(1025), data), 'TCN_TAG_TOO_LONG'],
    ['has a line feed in the tag', joinBody('a\nb', data), 'TCN_TAG_CONTROL'],
    ['has a tag that is not UTF-8', concat(hex('ff 61 0a 0a'), data), 'TCN_TAG_UTF8'],
    ['has bytes behind the data', concat(joinBody('a', data), hex('00')), 'TCN_BODY_TRAILING'],
    ['has data that is cut off', joinBody('a', data.subarray(0, -1)), 'TCN_BODY_INVALID'],
    ['has no data', joinBody('a', new Uint8Array(0)), 'TCN_BODY_INVALID'],
    ['is nested too deeply', joinBody('a', new Uint8Array(70).fill(0x91)), 'TCN_BODY_DEPTH'],
  ])('that %s is not sound', (_, body, code) => {
    const framed = concat(hex('0a0a'), body, hex('0a0a'))
    expect(checkBody(framed, 2, 2 + body.length)).toBe(code)
  })

  test('is not made with a tag that everybody would cut elsewhere', () => {
    for (const tag of ['a\n\nb', 'a\n']) expect(() => joinBody(tag, data)).toThrow('control character')
  })
})
