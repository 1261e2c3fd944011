import { expect, it } from 'vitest'
import { decode } from '../../../../src/event/msgpack/decoder.js'
import { encode } from '../../../../src/event/msgpack/encoder.js'
import { Ext } from '../../../../src/event/msgpack/values.js'
import { splitBody } from '../../../../src/protocols/salt/codec/body.js'
import { foreignBody } from '../../../../src/protocols/salt/codec/foreign.js'
import { pack } from '../../../../src/protocols/salt/codec/values.js'

const time = new Date('2026-11-21T10:00:00.123Z')
const tag = new TextEncoder().encode('other/x')

function dataOf(value: unknown): Uint8Array {
  return splitBody(foreignBody(tag, encode(value), 0)).data
}

it.each([
  ['at any depth', { a: [time, { b: time }], _stamp: 'x' }],
  ['as keys', { a: new Map([[time, 1]]), _stamp: 'x' }],
  ['of other precision and range', { a: [new Date(0), new Date(-1), new Date(2 ** 35 * 1000)], _stamp: 'x' }],
  [
    'but not bytes, texts and other exts that look like them',
    {
      a: [Buffer.from('d6ff00000001', 'hex'), new Ext(5, Buffer.from('d6ff00000001', 'hex')), 'x', -1, time],
      _stamp: 'x',
    },
  ],
])('times become datetimes for Salt: %s', (_, value) => {
  expect(dataOf(value)).toEqual(pack(decode(encode(value))))
})

it('data is copied as it is if it is long, and only so many times are converted', () => {
  const long = { a: [time, ...new Array(1024 * 1024).fill(null)], _stamp: 'x' }
  expect(Buffer.compare(dataOf(long), encode(long))).toBe(0)
  const many = { _stamp: 'x', a: new Array(2000).fill(time) }
  const half = [...new Array(1000).fill(pack(time)), ...new Array(1000).fill(encode(time))]
  const data = dataOf(many)
  expect(Buffer.compare(data.subarray(-Buffer.concat(half).length), Buffer.concat(half))).toBe(0)
})
