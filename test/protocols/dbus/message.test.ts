import { expect, it } from 'vitest'
import { encodeCall } from '../../../src/protocols/dbus/message.js'

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
