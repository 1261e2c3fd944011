import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MessageReader } from '../../../src/storage/nats/message-reader.js'

interface Sent {
  sid: number
  subject: string
  reply: string
  header: string
  payload: string
}

function wireOf({ sid, subject, reply, header, payload }: Sent): string {
  const words = reply === '' ? `${subject} ${sid}` : `${subject} ${sid} ${reply}`
  if (header === '') return `MSG ${words} ${payload.length}\r\n${payload}\r\n`
  return `HMSG ${words} ${header.length} ${header.length + payload.length}\r\n${header}${payload}\r\n`
}

/** The subscriptions 1 and 2 have listeners. */
function reading() {
  const received: Sent[] = []
  const left: string[] = []
  const reader = new MessageReader({
    parse: (bytes) => void left.push(Buffer.from(bytes).toString('latin1')),
  })
  for (const sid of [1, 2])
    reader.add(sid, ({ subject, reply, header, payload }) => {
      received.push({ sid, subject, reply, header, payload: Buffer.from(payload).toString('latin1') })
    })
  return { reader, received, left }
}

const message: Sent = { sid: 1, subject: 'a.b', reply: '', header: '', payload: 'one' }

describe('what a connection to NATS receives', () => {
  test('is divided into messages and what the library reads, wherever it is cut', () => {
    const text = fc.string({ unit: 'binary-ascii', maxLength: 40 })
    const sent = fc.record({
      sid: fc.integer({ min: 1, max: 3 }),
      subject: fc.constantFrom('a', 'a.b', '_INBOX.x.1'),
      reply: fc.constantFrom('', '$JS.ACK.LOG.c.1.2.3.4.5'),
      header: fc.constantFrom('', 'NATS/1.0\r\n\r\n', 'NATS/1.0 100 Idle\r\na: b\r\n\r\n'),
      payload: fc.oneof(text, fc.constantFrom('', '\r\n', 'MSG a 1 3\r\nabc\r\n', 'x'.repeat(3000))),
    })
    const command = fc.constantFrom('PING\r\n', 'PONG\r\n', '+OK\r\n', "-ERR 'x'\r\n", 'INFO {"a":1}\r\n')
    const cuts = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(fc.array(fc.oneof(sent, sent, command), { maxLength: 12 }), cuts, (all, lengths) => {
        const wire = all.map((each) => (typeof each === 'string' ? each : wireOf(each)))
        const { reader, received, left } = reading()
        const bytes = Buffer.from(wire.join(''), 'latin1')
        for (let at = 0, nth = 0; at < bytes.length; nth++) {
          const length = lengths[nth % lengths.length]
          reader.parse(Uint8Array.from(bytes.subarray(at, at + length)))
          at += length
        }
        const own = all.filter((each) => typeof each !== 'string' && each.sid !== 3)
        expect(received).toEqual(own)
        expect(left).toEqual(wire.filter((_, at) => !own.includes(all[at])))
      }),
      { numRuns: 500 },
    )
  })

  test('goes to the library once a subscription has ended', () => {
    const { reader, received, left } = reading()
    reader.remove(1)
    reader.parse(Buffer.from(wireOf(message)))
    expect([received, left]).toEqual([[], [wireOf(message)]])
  })

  test('begins anew with another connection', () => {
    const { reader, received } = reading()
    reader.parse(Buffer.from(wireOf(message).slice(0, -4)))
    const left: Uint8Array[] = []
    reader.library = { parse: (bytes) => void left.push(bytes) }
    reader.parse(Buffer.from(`PING\r\n${wireOf(message)}`))
    expect([received, left.map(String)]).toEqual([[message], ['PING\r\n']])
  })

  test.each([
    'MSG a 1\r\n',
    'MSG a 1 x\r\n',
    'HMSG a 1 12 3\r\n',
    'HMSG a 1 3\r\n',
    'MSG a 1 99999999999\r\n',
  ])('is an error in the form %j', (line) => {
    expect(() => reading().reader.parse(Buffer.from(line))).toThrow('without its sizes')
  })

  test('is an error if a line does not end', () => {
    const { reader } = reading()
    const piece = Buffer.alloc(600 * 1024, 'M')
    reader.parse(piece)
    expect(() => reader.parse(piece)).toThrow('too long')
  })
})
