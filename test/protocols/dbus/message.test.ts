import fc from 'fast-check'
import { expect, it } from 'vitest'
import { encodeCall, MessageTypes, SIGNAL } from '../../../src/protocols/dbus/message.js'

const call = { destination: 'org.a', path: '/org/a', interface: 'org.a', member: 'Do' }

it('a call has the bytes of the specification', () => {
  const bytes = encodeCall({ ...call, member: 'Get', text: 'x=1' }, 7)
  expect(bytes.toString('latin1')).toBe(
    [
      'l\x01\0\x01\x08\0\0\0\x07\0\0\0\x47\0\0\0',
      '\x01\x01o\0\x06\0\0\0/org/a\0\0',
      '\x02\x01s\0\x05\0\0\0org.a\0\0\0',
      '\x03\x01s\0\x03\0\0\0Get\0\0\0\0\0',
      '\x06\x01s\0\x05\0\0\0org.a\0\0\0',
      '\x08\x01g\0\x01s\0\0',
      '\x03\0\0\0x=1\0',
    ].join(''),
  )
})

it('messages are told apart however they are cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ type: fc.integer({ min: 1, max: 4 }), text: fc.string({ maxLength: 60 }) })),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
      (sent, cuts) => {
        const bytes = Buffer.concat(
          sent.map(({ type, text }) => {
            const message = encodeCall({ ...call, text }, 1)
            message[1] = type
            return message
          }),
        )
        const types = new MessageTypes()
        const seen: number[] = []
        for (let at = 0, nth = 0; at < bytes.length; nth++) {
          const length = cuts[nth % cuts.length]
          seen.push(...types.take(bytes.subarray(at, at + length)))
          at += length
        }
        expect(seen).toEqual(sent.map(({ type }) => type))
      },
    ),
  )
})

it('something else than messages, or a very long one, is refused', () => {
  expect(() => new MessageTypes().take(Buffer.from('HTTP/1.1 400 Bad Request\r\n'))).toThrow('something else')
  const long = encodeCall(call, 1)
  long.writeUInt32LE(2 ** 31, 4)
  expect(() => new MessageTypes().take(long)).toThrow('something else')
  expect(SIGNAL).toBe(4)
})
