import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BmpFrame, BmpFramer } from '../../../src/sources/bmp/framer.js'
import { readBmpMessage } from '../../../src/sources/bmp/message.js'
import {
  bmp,
  hex,
  IPV4_PEER,
  IPV6_PEER,
  initiation,
  NOTIFICATION,
  OPEN,
  peerDown,
  peerUp,
  routes,
  termination,
} from './messages.js'

const read = (message: Buffer) => readBmpMessage(message[5], message.subarray(6))

const peer = {
  peer: '192.0.2.1',
  as: 65_000,
  bgpId: '198.51.100.1',
  time: Date.UTC(2024, 0, 12, 21, 44, 32) * 1000 + 123_456,
}

describe('a message of BMP', () => {
  it('says that a session is up, with its addresses and the hold time of the peer', () => {
    expect(read(peerUp)).toEqual({
      kind: 'up',
      ...peer,
      ...{ localAddress: '192.0.2.2', localPort: 179, remotePort: 50_000, holdTime: 180 },
    })
  })

  it('may be about IPv6 and a routing instance, without a time', () => {
    const local = '20010db8000000000000000000000002 00b3 c350'
    expect(read(bmp(3, IPV6_PEER, local, OPEN, OPEN))).toMatchObject({
      ...{ peer: '2001:db8::1', localAddress: '2001:db8::2', as: 4_294_966_760 },
      ...{ distinguisher: String((65_000n << 32n) + 100n), time: undefined },
    })
  })

  it.each([
    ['01', NOTIFICATION, 'closed by the router with a notification', 'cease, 2'],
    ['02', '0012', 'closed by the router without a notification', 'event 18 of the finite state machine'],
    [
      '03',
      `${'ff'.repeat(16)} 0015 03 04 00`,
      'closed by the peer with a notification',
      'hold timer expired, 0',
    ],
    ['04', '', 'closed by the peer without a notification', undefined],
    ['05', '', 'no longer monitored', undefined],
    ['63', '', 'reason 99', undefined],
  ])('says that a session is down, and why: %s', (code, data, reason, notification) => {
    expect(read(bmp(2, IPV4_PEER, code, data))).toEqual({
      kind: 'down',
      ...peer,
      reason,
      ...(notification !== undefined && { notification }),
    })
  })

  it.each(['03', '04', 'ff'])('about something that is no session is not read as one: type %s', (type) => {
    // The flag of IPv6 is another one here.
    const about = IPV4_PEER.replace(/^\n00([^\n]*)\n00/, `\n${type}$1\n80`)
    expect(read(bmp(3, about, '00'))).toEqual({ kind: 'other' })
    expect(read(bmp(2, about, '01', NOTIFICATION))).toEqual({ kind: 'other' })
  })

  it('names the router, and says why it ends', () => {
    expect(read(initiation)).toEqual({ kind: 'initiation', name: 'r1', description: 'daemo' })
    expect(read(bmp(4))).toEqual({ kind: 'initiation' })
    expect(read(termination)).toEqual({ kind: 'termination', reason: 'closed by an administrator' })
    expect(read(bmp(5, '0001 0002 0003'))).toMatchObject({ reason: 'redundant connection' })
    expect(read(bmp(5))).toMatchObject({ reason: 'no reason' })
  })

  it('of any bytes is read, or too short', () => {
    fc.assert(
      fc.property(fc.constantFrom(2, 3, 4, 5), fc.uint8Array({ maxLength: 200 }), (type, bytes) => {
        try {
          expect(readBmpMessage(type, Buffer.from(bytes)).kind).toBeTypeOf('string')
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
        }
      }),
    )
  })
})

describe('a stream of BMP', () => {
  function framesOf(pieces: readonly Uint8Array[]): BmpFrame[] {
    const framer = new BmpFramer()
    const frames: BmpFrame[] = []
    for (const piece of pieces) {
      framer.feed(Buffer.from(piece))
      for (let frame = framer.next(); frame !== undefined; frame = framer.next())
        frames.push(frame === 'fault' ? frame : { type: frame.type, body: Buffer.from(frame.body) })
    }
    return frames
  }

  const frameOf = (message: Buffer) => ({ type: message[5], body: message.subarray(6) })

  it('is the same however it is cut, and without the messages about routes', () => {
    const all = [initiation, routes, peerUp, bmp(1, IPV4_PEER, '00000000'), peerDown, routes, termination]
    const bytes = Buffer.concat(all)
    const wanted = [initiation, peerUp, peerDown, termination].map(frameOf)
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 40 }), (cuts) => {
        const places = [0, ...cuts.toSorted((a, b) => a - b), bytes.length]
        const pieces = places.slice(1).map((end, i) => bytes.subarray(places[i], end))
        expect(framesOf(pieces)).toEqual(wanted)
      }),
    )
  })

  it.each([
    ['another version', '02 00000006 04'],
    ['a length that is less than the head', '03 00000005 04'],
    ['a message about a session that is too long', '03 00100000 03'],
    ['a message about routes that is too long', '03 ffffffff 00'],
  ])('has a fault with %s, and nothing after it', (_, head) => {
    expect(framesOf([initiation, hex(head), peerUp])).toEqual([frameOf(initiation), 'fault'])
  })

  it('of any bytes keeps no more than one message about a session', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 50 }), (pieces) => {
        const framer = new BmpFramer()
        for (const piece of pieces) {
          framer.feed(Buffer.from(piece))
          while (framer.next() !== undefined);
          expect(framer.held).toBeLessThanOrEqual(160 * 1024)
        }
      }),
    )
  })
})
