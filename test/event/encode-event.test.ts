import fc from 'fast-check'
import { expect, it } from 'vitest'
import { encodeEvent } from '../../src/event/encode-event.js'
import { encodeFrame } from '../../src/event/frame.js'
import { encode } from '../../src/event/msgpack/encoder.js'
import { hex, toHex } from './bytes.js'
import { plainValue } from './msgpack/arbitrary.js'

const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }))

it('an event that is written around its body has the frame that is written before it', () => {
  fc.assert(
    fc.property(text, text, plainValue, (tag, source, data) => {
      const head = { tag, source, attributes: hex('81 a1 61 01'), kind: 2, seq: 7 }
      expect(toHex(encodeEvent({ ...head, data }))).toBe(toHex(encodeFrame({ ...head, body: encode(data) })))
    }),
  )
})

it('an event without attributes, source and data has them empty', () => {
  const head = { tag: '', source: '' }
  expect(toHex(encodeEvent({ ...head, data: undefined }))).toBe(
    toHex(encodeFrame({ ...head, body: hex('c0') })),
  )
})

it('events of any length are written one after the other', () => {
  for (const length of [10, 300_000, 100_000, 10]) {
    const [tag, source, data] = ['a/b', 'here', 'x'.repeat(length)]
    const written = encodeEvent({ tag, source, data })
    expect(Buffer.compare(written, encodeFrame({ tag, source, body: encode(data) }))).toBe(0)
  }
})
