import { expect, test } from 'vitest'
import { attributesLength } from '../../src/event/frame.js'
import { copiedAttributesStart, copyAroundAttributes } from '../../src/event/frame-attributes.js'
import { Event, encode, encodeFrame } from '../../src/event/index.js'

const START = 5
const body = encode({ n: 1 })

function copyOf(frame: Uint8Array, attributes: object): Uint8Array {
  const encoded = encode(attributes)
  const length = frame.length - attributesLength(frame, 0) + encoded.length
  const out = new Uint8Array(START + length)
  out.set(encoded, copiedAttributesStart(frame, 0, START))
  expect(copyAroundAttributes(frame, 0, out, START, encoded.length)).toBe(out.length)
  return out.subarray(START)
}

test.each([
  ['without attributes', undefined],
  ['with others', encode({ colour: 'red', size: 'large' })],
])('a frame %s is copied with new attributes, and with everything else as it was', (_, attributes) => {
  const given = { tag: 'a/b', source: 'host', body, seq: 7, kind: 2 }
  const copy = copyOf(encodeFrame({ ...given, attributes }), { id: 'one' })
  expect(copy).toEqual(encodeFrame({ ...given, attributes: encode({ id: 'one' }) }))
  expect(new Event(copy).attributes).toEqual({ id: 'one' })
})
