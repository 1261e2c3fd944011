import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type BusMessage, IncomingMessages } from '../../../src/protocols/dbus/incoming.js'
import { encodeCall } from '../../../src/protocols/dbus/message.js'
import { Body, busMessage } from './fake-systemd.js'

const call = { destination: 'org.a', path: '/org/a', interface: 'org.a', member: 'Do' }
const read = (...chunks: Buffer[]) => {
  const messages = new IncomingMessages()
  return chunks.flatMap((chunk) => messages.take(chunk))
}

it('messages are read however they are cut', () => {
  const sent = fc.record({ type: fc.integer({ min: 1, max: 4 }), text: fc.string({ maxLength: 60 }) })
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 })
  fc.assert(
    fc.property(fc.array(sent), sizes, (sent, cuts) => {
      const bytes = Buffer.concat(
        sent.map(({ type, text }) => {
          const message = encodeCall({ ...call, text }, 1)
          message[1] = type
          return message
        }),
      )
      const messages = new IncomingMessages()
      const seen: BusMessage[] = []
      for (let at = 0, nth = 0; at < bytes.length; nth++) {
        const length = cuts[nth % cuts.length]
        seen.push(...messages.take(bytes.subarray(at, at + length)))
        at += length
      }
      expect(seen.map(({ type, fields, body }) => ({ type, fields, text: body.text() }))).toEqual(
        sent.map(({ type, text }) => ({ type, fields: call, text })),
      )
    }),
  )
})

it('a signal in either order of bytes has the fields of the specification', () => {
  const big = Buffer.from(
    'B\x04\0\x01\0\0\0\x04\0\0\0\x01\0\0\0\x30\x01\x01o\0\0\0\0\x02/a\0\0\0\0\0\0\x03\x01s\0\0\0\0\x01N\0\0\0\0\0\0\0\x05\x01u\0\0\0\0\x09\x08\x01g\0\x01u\0\0\0\0\0\x07',
    'latin1',
  )
  const [message] = read(big)
  expect([message.type, message.fields, message.body.number()]).toEqual([
    4,
    { path: '/a', member: 'N', answers: 9 },
    7,
  ])
  const little = busMessage(4, [[1, 'o', '/a']], new Body().number(7))
  expect(read(little)[0].fields).toEqual({ path: '/a' })
})

it('a long message is passed over, and the next one is read', () => {
  const long = busMessage(4, [[1, 'o', '/a']], new Body().raw(Buffer.alloc(2 * 2 ** 20)))
  const longFields = busMessage(4, [[1, 'o', `/${'a'.repeat(100_000)}`]])
  const unknown = busMessage(4, [
    [77, 'd', 'x'],
    [1, 'o', '/a'],
  ])
  const next = encodeCall(call, 1)
  const seen = read(Buffer.concat([long, longFields]), unknown, next)
  expect(seen.map(({ fields }) => fields)).toEqual([{ path: '/a' }, {}, {}, call])
})

it('what is no message, or longer than one may be, is refused', () => {
  expect(() => read(Buffer.from('HTTP/1.1 400 Bad Request\r\n'))).toThrow('something else')
  const long = encodeCall(call, 1)
  long.writeUInt32LE(2 ** 27, 4)
  expect(() => read(long)).toThrow('something else')
})

it('hostile bytes end with an error or as messages', () => {
  const head = fc.tuple(fc.constantFrom(0x6c, 0x42), fc.nat(255)).map(([order, type]) => [order, type, 0, 1])
  fc.assert(
    fc.property(head, fc.uint8Array({ maxLength: 300 }), (start, rest) => {
      const bytes = Buffer.from([...start, 0, 0, 0, 0, 0, 0, 0, 0, 64, 0, 0, 0, ...rest])
      try {
        for (const { fields } of read(bytes)) expect(Object.keys(fields).length).toBeLessThan(7)
      } catch (error) {
        expect(String(error)).toMatch(/something else|within a text|out of range|outside buffer/)
      }
    }),
  )
})
