// Runs on each supported Node.js: compression.
import { deflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { rawDeflate } from '../../../src/log/lmdb/raw-deflate.js'

const text = Buffer.from('one event after the other, one event after the other, '.repeat(50))
const current = Number(process.versions.node.split('.')[0])

describe.each([
  ['with the inner parts of this version of Node', current],
  ['with the public functions of a later one', 99],
])('raw deflate %s', (_, major) => {
  const { deflate, inflate } = rawDeflate(major)
  const compressed = () => {
    const output = Buffer.alloc(text.length)
    return output.subarray(0, deflate(text, output))
  }

  test('writes into the memory that it is given, and reads what any other deflate has written', () => {
    for (const input of [compressed(), deflateRawSync(text)]) {
      const output = Buffer.alloc(text.length + 10, 7)
      expect(inflate(input, output.subarray(0, text.length))).toBe(text.length)
      expect(output.subarray(0, text.length)).toEqual(text)
      expect(output.subarray(text.length)).toEqual(Buffer.alloc(10, 7))
    }
  })

  test('uses all of an output into which the result does not fit', () => {
    expect(deflate(text, Buffer.alloc(20))).toBe(20)
  })

  test('says how much it wrote when there is room left', () => {
    expect(inflate(compressed(), Buffer.alloc(2 * text.length))).toBe(text.length)
  })

  test('throws at input that is damaged or cut, and works after that', () => {
    const output = Buffer.alloc(text.length)
    expect(() => inflate(Buffer.alloc(30, 0xff), output)).toThrow(/invalid/)
    expect(() => inflate(compressed().subarray(0, 20), output)).toThrow(/unexpected end of file/)
    expect(inflate(compressed(), output)).toBe(text.length)
  })
})
