import { expect, test } from 'vitest'
import { constants } from '../../../src/protocols/sctp/index.js'
import { Reassembly } from '../../../src/protocols/sctp/socket/reassembly.js'

const { linux } = constants
const of = (association: number, stream: number, ssn = 0) => ({ association, stream, unordered: false, ssn })
const part = (text: string) => Buffer.from(text)
const lost = (association: number) => ({
  sn_type: linux.SCTP_ASSOC_CHANGE,
  sac_flags: 0,
  sac_state: linux.SCTP_COMM_LOST,
  sac_error: 0,
  sac_outbound_streams: 0,
  sac_inbound_streams: 0,
  sac_assoc_id: association,
})

test('a message that arrives whole is passed on unchanged', () => {
  const whole = part('whole')
  expect(new Reassembly(100).add(of(3, 0), whole, true)).toBe(whole)
})

test('parts of several messages are joined by association and stream', () => {
  const messages = new Reassembly(100)
  expect(messages.add(of(3, 0), part('a'), false)).toBeUndefined()
  expect(messages.add(of(3, 1), part('b'), false)).toBeUndefined()
  expect(messages.add(of(4, 0), part('c'), false)).toBeUndefined()
  expect(String(messages.add(of(3, 0), part('1'), true))).toBe('a1')
  expect(String(messages.add(of(4, 0), part('3'), true))).toBe('c3')
  expect(String(messages.add(of(3, 1), part('2'), true))).toBe('b2')
  expect(messages.abandoned).toBe(0)
})

test('a message is buffered only up to the limit', () => {
  const messages = new Reassembly(4)
  expect(messages.add(of(3, 0), part('abc'), false)).toBeUndefined()
  expect(String(messages.add(of(3, 0), part('de'), false))).toBe('abcde')
  expect(String(messages.add(of(3, 0), part('f'), true))).toBe('f')
})

test('many messages that never end do not fill the memory', () => {
  const messages = new Reassembly(10)
  const handed = Array.from({ length: 1000 }, (_, stream) =>
    messages.add(of(3, stream), part('12345'), false),
  )
  expect(handed.filter((each) => each === undefined).length).toBeLessThan(40)
})

test('the end of an association drops only its own messages', () => {
  const messages = new Reassembly(100)
  messages.add(of(3, 0), part('a'), false)
  messages.add(of(33, 0), part('b'), false)
  messages.observe(lost(3) as Parameters<typeof messages.observe>[0])
  expect(messages.abandoned).toBe(1)
  expect(String(messages.add(of(33, 0), part('2'), true))).toBe('b2')
  expect(String(messages.add(of(3, 0), part('new'), true))).toBe('new')
})

test('a part with another sequence number begins another message', () => {
  const messages = new Reassembly(100)
  messages.add(of(3, 0, 7), part('given up'), false)
  expect(String(messages.add(of(3, 0, 8), part('next'), true))).toBe('next')
  expect(messages.abandoned).toBe(1)
})
