// Runs on each supported Node.js: compression.
import { randomBytes } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeFrame, frameBytes, setFrameFlags } from '../../../../src/event/frame.js'
import { encode } from '../../../../src/event/msgpack/encoder.js'
import { RecordSplitter } from '../../../../src/event/splitter.js'
import { decodeRecord, encodeRecord } from '../../../../src/protocols/native/codec.js'
import { packEvents, unpackEvents } from '../../../../src/protocols/native/packed-events.js'
import type { Packed } from '../../../../src/protocols/native/protocol.js'

const LARGEST = 1024 * 1024
const frame = (seq: number, text: string) => encodeFrame({ tag: 'demo/x', seq, body: encode(text) })

/** Everything that records say, as a hub reads them from a stream. */
function read(records: readonly Uint8Array[]): { frames: Buffer; packed: number } {
  const frames: Uint8Array[] = []
  let packed = 0
  const splitter = new RecordSplitter(
    {
      onEvents: (bytes, start, end) => frames.push(bytes.slice(start, end)),
      onRecord(op, bytes, start, end) {
        const record = decodeRecord(op, bytes, start, end)
        if (record?.name !== 'packed') throw new Error(`not expected: ${record?.name}`)
        packed++
        unpackEvents(record.body, LARGEST, (plain) => frames.push(plain))
      },
    },
    LARGEST,
  )
  for (const record of records) splitter.push(record)
  return { frames: Buffer.concat(frames), packed }
}

const text = fc.oneof(
  fc.string({ maxLength: 200 }),
  fc.integer({ min: 0, max: 90_000 }).map((length) => 'x'.repeat(length)),
  fc.integer({ min: 0, max: 90_000 }).map((length) => randomBytes(length).toString('latin1')),
)

describe('packed events', () => {
  it('are the same events in the same order', () => {
    let packed = 0
    fc.assert(
      fc.property(fc.array(text, { maxLength: 30 }), (texts) => {
        const frames = Buffer.concat(texts.map((each, nth) => frame(nth + 1, each)))
        const found = read(packEvents(frames))
        expect(found.frames.equals(frames)).toBe(true)
        packed += found.packed
      }),
    )
    expect(packed).toBeGreaterThan(20)
  })

  it('are smaller than what they were, and stay within a record', () => {
    const frames = Buffer.concat(
      Array.from({ length: 2000 }, (_, nth) => frame(nth + 1, `request ${nth} served`)),
    )
    const records = packEvents(frames)
    expect(records.length).toBeGreaterThan(1)
    const sent = records.reduce((sum, { length }) => sum + length, 0)
    expect(sent).toBeLessThan(frames.length / 3)
    for (const record of records)
      expect(() => decodeRecord(record[4], record, 5, record.length)).not.toThrow()
  })

  it('are left as they are if they do not become smaller', () => {
    const frames = frame(1, randomBytes(2000).toString('base64'))
    expect(packEvents(frame(1, 'few'))).toEqual([frame(1, 'few')])
    expect(Buffer.concat(packEvents(Buffer.concat([frames, frame(2, 'few')]))).length).toBeLessThanOrEqual(
      frames.length + frameBytes(frame(2, 'few'), 0),
    )
  })

  const packedOf = (plain: Uint8Array, length = plain.length): Packed => ({
    length,
    deflated: deflateRawSync(plain),
  })
  const whole = frame(1, 'hello')
  const otherOp = encodeRecord('ping', {})
  const faulty: [string, Packed, RegExp][] = [
    ['nothing', packedOf(new Uint8Array(0)), /it has 0 bytes/],
    ['more bytes than are allowed', packedOf(new Uint8Array(64 * 1024 + 1)), /it has 65537 bytes/],
    [
      'more bytes than it says',
      packedOf(Buffer.concat([whole, whole]), whole.length),
      /cannot be decompressed/,
    ],
    ['fewer bytes than it says', packedOf(whole, whole.length + 1), /it has \d+ bytes, not/],
    ['no DEFLATE', { length: 10, deflated: Uint8Array.of(0xff, 0xff) }, /cannot be decompressed/],
    ['DEFLATE that is cut', { ...packedOf(whole), deflated: deflateRawSync(whole).subarray(0, 20) }, /./],
    ['a part of an event', packedOf(whole.subarray(0, -1)), /not whole events/],
    [
      'an event and a part of one',
      packedOf(Buffer.concat([whole, whole.subarray(0, 3)])),
      /not whole events/,
    ],
    ['another record', packedOf(otherOp), /not whole events/],
    ['an event and another record', packedOf(Buffer.concat([whole, otherOp, whole])), /not whole events/],
    ['an event that is too large', packedOf(frame(1, 'x'.repeat(LARGEST / 20))), /larger/],
  ]
  it.each(faulty)('with %s are refused, and none of them is taken', (_, record, why) => {
    const taken: Uint8Array[] = []
    expect(() => unpackEvents(record, 40_000, (frames) => taken.push(frames))).toThrow(why)
    expect(taken).toEqual([])
  })

  it('of any bytes are whole events, or are refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (deflated, length) => {
        const tries = [{ length, deflated }, packedOf(deflated)]
        for (const record of tries) {
          try {
            unpackEvents(record, LARGEST, (frames) => setFrameFlags(frames, 0, 0))
          } catch (thrown) {
            expect(thrown).toMatchObject({ code: expect.stringMatching(/^TCN_(PROTOCOL|FRAME)_/) })
          }
        }
      }),
    )
  })
})
