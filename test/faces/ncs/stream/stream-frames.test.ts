import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Event, iterateFrames } from '../../../../src/event/event.js'
import { encodeFrame } from '../../../../src/event/frame.js'
import { encode } from '../../../../src/event/msgpack/encoder.js'
import { StreamFrames } from '../../../../src/faces/ncs/stream/stream-frames.js'
import { typeOfFrame } from '../../../../src/faces/shared/streams/event-type.js'
import { NOTIF_STREAM_EVENT } from '../../../../src/protocols/ncs/constants/events.js'
import { TypeRegistry } from '../../../../src/types/index.js'

const types = new TypeRegistry([
  { type: 'net.up', tags: ['net/*/up'] },
  { type: 'net.down', tags: ['net/*/down'] },
])
const newFrames = () => new StreamFrames('hub/x', typeOfFrame(types.typeOfNeighbours()))

const frame = fc
  .record({
    tag: fc.constantFrom('net/eth0/up', 'net/eth1/up', 'net/e/down', 'other', 'net/up'),
    attributes: fc.constantFrom(undefined, encode({ type: 'own.type' }), encode({ subject: 'x' })),
    seq: fc.nat(),
    time: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
    body: fc.uint8Array({ minLength: 1, maxLength: 500 }),
  })
  .map((parts) => encodeFrame({ source: 's', ...parts }))

/** The events in notifications, as they are there. */
function read(notifications: Uint8Array): { element: unknown; kind: number; time: number; event: Buffer }[] {
  return [...iterateFrames(notifications)].map(({ kind, time, data }) => {
    const { element, event } = data as { element: string; event: Uint8Array }
    return { element, kind, time, event: Buffer.from(event) }
  })
}

describe('notifications with an event of a stream within them', () => {
  it('have each event as it is, in order, with its time and the name of its type', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 50 }), (events) => {
        const wrapped = newFrames().wrap(Buffer.concat(events))
        expect(read(Buffer.concat(wrapped))).toEqual(
          events.map((bytes) => {
            const event = new Event(bytes, 0)
            const element = event.attributes?.type ?? types.typeOf(event.tag)
            return { element, kind: NOTIF_STREAM_EVENT, time: event.time, event: Buffer.from(bytes) }
          }),
        )
      }),
    )
  })
})
