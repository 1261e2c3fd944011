import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { finished } from '../../../src/incremental/steps.js'
import {
  field,
  id,
  list,
  type MessageFields,
  MessageType,
} from '../../../src/protocols/protobuf/message-type.js'
import { MAX_VALUES, readMessage } from '../../../src/protocols/protobuf/read-message.js'
import { delimitedPieces, writeMessage } from '../../../src/protocols/protobuf/write-message.js'

const node: MessageType = new MessageType([
  field(1, 'text', 'text'),
  field(2, 'bytes', 'bytes'),
  field(3, 'id', 'hex'),
  field(4, 'yes', 'boolean'),
  field(5, 'signed', 'signed'),
  field(6, 'unsigned', 'unsigned'),
  field(7, 'small', 'fixed32'),
  field(8, 'large', 'fixed64'),
  field(16, 'double', 'double'),
  list(17, 'packed', 'unsigned'),
  list(18, 'texts', 'text'),
  list(300, 'nodes', () => node),
  field(19, 'node', () => node),
  id(20, 'fixedId', 2),
])

const read = (bytes: Uint8Array, type = node) => finished(readMessage(bytes, type))
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')

/** A number where that is exact, as a reader has it. */
const plain = (value: bigint) => (Number.isSafeInteger(Number(value)) ? Number(value) : value)
const wide = (min: bigint, max: bigint) => fc.bigInt({ min, max }).map(plain)

const { message } = fc.letrec<{ message: MessageFields }>((tie) => ({
  message: fc.record(
    {
      text: fc.string({ unit: 'grapheme' }),
      bytes: fc.uint8Array(),
      id: fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('hex')),
      yes: fc.boolean(),
      signed: wide(-(2n ** 63n), 2n ** 63n - 1n),
      unsigned: wide(0n, 2n ** 64n - 1n),
      small: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      large: wide(0n, 2n ** 64n - 1n),
      double: fc.double(),
      packed: fc.array(fc.maxSafeNat(), { minLength: 1 }),
      texts: fc.array(fc.string(), { minLength: 1 }),
      nodes: fc.array(fc.oneof({ maxDepth: 3 }, fc.constant({}), tie('message')), {
        minLength: 1,
        maxLength: 3,
      }),
      node: fc.oneof({ maxDepth: 3 }, fc.constant({}), tie('message')),
    },
    { requiredKeys: [] },
  ),
}))

describe('a message', () => {
  it('is the same when it is written and read again', () => {
    fc.assert(
      fc.property(message, (value) => {
        const back = read(writeMessage(value, node))
        expect(withArrays(back)).toEqual(withArrays(value))
      }),
      { interruptAfterTimeLimit: 20_000 },
    )
  })

  it('has the bytes of the documentation of Protocol Buffers', () => {
    const type = new MessageType([field(1, 'a', 'signed'), field(2, 'b', 'text'), list(6, 'f', 'signed')])
    expect(Buffer.from(writeMessage({ a: 150 }, type))).toEqual(hex('08 96 01'))
    expect(Buffer.from(writeMessage({ b: 'testing' }, type))).toEqual(hex('12 07 74 65 73 74 69 6e 67'))
    expect(Buffer.from(writeMessage({ f: [3, 270, 86942] }, type))).toEqual(hex('32 06 03 8e 02 9e a7 05'))
    expect(Buffer.from(writeMessage({ a: -2 }, type))).toEqual(hex('08 fe ff ff ff ff ff ff ff ff 01'))
  })

  it('takes numbers as text and bytes as base64, as JSON has them', () => {
    const bytes = writeMessage(
      { signed: '-9223372036854775808', large: '18446744073709551615', bytes: 'AAE=' },
      node,
    )
    expect(read(bytes)).toEqual({
      signed: -(2n ** 63n),
      large: 2n ** 64n - 1n,
      bytes: Buffer.from([0, 1]),
    })
  })

  it('has the same value whether numbers of a list are packed or not', () => {
    expect(read(hex('88 01 03 88 01 05'))).toEqual({ packed: [3, 5] })
    expect(read(hex('8a 01 02 03 05'))).toEqual({ packed: [3, 5] })
  })

  it('is read past fields that are not known, of which a caller can hear', () => {
    const bytes = hex('a0 06 01 a1 06 0102030405060708 a2 06 02 ffff a5 06 01020304 0a 01 61')
    const skipped: number[] = []
    const message = finished(readMessage(bytes, node, MAX_VALUES, (number) => skipped.push(number)))
    expect(message).toEqual({ text: 'a' })
    expect(skipped).toEqual([100, 100, 100, 100])
  })

  it('may be put together from pieces', () => {
    const inner = [writeMessage({ text: 'a' }, node), writeMessage({ yes: true }, node)]
    expect(read(Buffer.concat(delimitedPieces(19, inner)))).toEqual({ node: { text: 'a', yes: true } })
  })
})

describe('bytes that are no message', () => {
  it.each([
    ['a length beyond the end', '0a 05 61'],
    ['a length beyond the end of the message around', '9a 01 03 0a 05 61 0a 01 61'],
    ['a length of 2^63', '0a 80 80 80 80 80 80 80 80 80 01'],
    ['an end within a number', '28 80'],
    ['an end within a fixed number', '41 01 02'],
    ['a number of eleven bytes', '28 80 80 80 80 80 80 80 80 80 80 01'],
    ['the field 0', '00 01'],
    ['a group', '2b 2c'],
    ['a field that has another form', '08 01 20 01'],
    ['an id that has not its length', 'a2 01 01 ff'],
  ])('are refused: %s', (_, bytes) => {
    expect(() => read(hex(bytes))).toThrow('not a valid message of Protocol Buffers')
  })

  it('are refused when they are too deep', () => {
    const nested = (levels: number) => {
      let bytes: Uint8Array = new Uint8Array()
      for (let n = 0; n < levels; n++) bytes = Buffer.concat(delimitedPieces(19, [bytes]))
      return bytes
    }
    expect(read(nested(99))).toHaveProperty('node')
    expect(() => read(nested(100))).toThrow('more than 100 levels')
  })

  it('are refused when they have too many values', () => {
    const many = Buffer.alloc(2 * MAX_VALUES + 2, hex('20 01'))
    expect(() => read(many)).toThrow(`more than ${MAX_VALUES} values`)
    expect(read(many.subarray(2))).toEqual({ yes: true })
    const packed = Buffer.concat(delimitedPieces(17, [Buffer.alloc(MAX_VALUES + 1)]))
    expect(() => read(packed)).toThrow(`more than ${MAX_VALUES} values`)
  })
})

it('a long message is read in many steps', () => {
  const steps = readMessage(Buffer.alloc(2 * MAX_VALUES, hex('20 01')), node)
  let count = 0
  while (!steps.next().done) count++
  expect(count).toBeGreaterThan(200)
})

/** Buffers and arrays of bytes are the same here. */
function withArrays(value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value]
  if (Array.isArray(value)) return value.map(withArrays)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withArrays(each)]))
}
