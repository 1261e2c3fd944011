import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseDelivery } from '../../../src/storage/nats/delivery.js'

/** Somewhere in memory. */
function parseBytes(reply: Uint8Array) {
  const bytes = Buffer.concat([Buffer.from('.1.'), reply, Buffer.from('.2')])
  return parseDelivery({ bytes, replyStart: 3, replyEnd: 3 + reply.length })
}

const parse = (reply: string) => parseBytes(Buffer.from(reply))

describe('the reply subject of a delivered message', () => {
  test('says place, number, time in microseconds and what is pending', () => {
    const delivery = { seq: 1234, nth: 12, time: 1_763_785_000_123_456, pending: 7 }
    expect(parse('$JS.ACK.LOG.abc.1.1234.12.1763785000123456789.7')).toEqual(delivery)
    expect(parse('$JS.ACK.hub.HASH.LOG.abc.1.1234.12.1763785000123456789.7.random')).toEqual(delivery)
    expect(parse('$JS.ACK.hub.HASH.LOG.abc.1.1234.12.1763785000123456789.7')).toEqual(delivery)
  })

  test('is read exactly up to the largest place that a number can hold', () => {
    const place = Number.MAX_SAFE_INTEGER
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.nat(), fc.nat(), (seq, nth, pending) => {
        const reply = `$JS.ACK.LOG.abc.1.${seq}.${nth}.1763785000123456789.${pending}`
        expect(parse(reply)).toMatchObject({ seq, nth, pending })
      }),
    )
    expect(parse(`$JS.ACK.LOG.abc.1.${place}.1.1763785000123456789.0`)?.seq).toBe(place)
  })

  test.each(['', '_INBOX.a.b', '$JS.FC.LOG.abc.x', '$JS.ACK.LOG.abc.1.2.3', '$JS.ACK.LOG.abc.1.2.3.4.5.6'])(
    'is none in %j',
    (reply) => {
      expect(parse(reply)).toBeUndefined()
    },
  )

  test('any bytes are read without an exception, and letters are no number', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => void parseBytes(bytes)))
    expect(parse('$JS.ACK.LOG.abc.1.x.y.z.w')).toMatchObject({ seq: Number.NaN, nth: Number.NaN })
  })
})
