import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Attributes, encodeAttributes } from '../../../src/event/attributes.js'
import { encodeFrame, frameBytes } from '../../../src/event/frame.js'
import { encode } from '../../../src/event/msgpack/encoder.js'
import {
  decodeHeader,
  encodeMessage,
  type Message,
  messageFrameBytes,
  producersOfFrames,
  writeMessageFrame,
} from '../../../src/log/jetstream/event-message.js'

const term = {
  epoch: 'kwbmlbtd52e6u',
  number: 257,
  typeOf: (tag: string) => tag.split('/').slice(0, 2).join('.'),
}

function readBack({ header, payload }: Message, seq: number, time: number): Buffer {
  const read = decodeHeader(header.toString('latin1'))!
  const frame = Buffer.alloc(messageFrameBytes(read, payload) + 2)
  writeMessageFrame(frame, 1, read, payload, seq, time)
  expect([frame[0], frame.at(-1)]).toEqual([0, 0])
  return frame.subarray(1, -1)
}

describe('events as NATS messages', () => {
  test('the headers are those of a CloudEvent in binary mode', () => {
    const frame = encodeFrame({
      tag: 'salt/job/é\n',
      source: 'salt/master 1',
      body: encode({ a: 1 }),
      kind: 8,
    })
    const producers = [{ key: 'alice/one two', first: 4, last: 9, count: 3 }]
    const { header, payload } = encodeMessage(frame, 0, 300, producers, term)
    expect(header.toString().split('\r\n')).toEqual([
      'NATS/1.0',
      'ce-specversion: 1.0',
      'ce-source: salt/master%201',
      'ce-subject: salt/job/%C3%A9%0A',
      'ce-id: kwbmlbtd52e6u-300',
      'ce-type: salt.job',
      'ce-kind: 8',
      'ce-datacontenttype: application/vnd.msgpack',
      'tocsin-term: 257',
      'tocsin-producer: 4 9 3 alice/one%20two',
      'Nats-Expected-Last-Sequence: 299',
      '',
      '',
    ])
    expect(payload).toEqual(Buffer.from([0x81, 0xa1, 0x61, 0x01]))
    expect(decodeHeader(header.toString('latin1'))).toMatchObject({ kind: 8, term: 257, producers })
  })

  test('attributes are readable by other programs, and win over what the hub says', () => {
    const attributes: Attributes = {
      id: 'x 1',
      type: 'com.example',
      datacontenttype: 'text/plain',
      n: 5,
      on: true,
    }
    const frame = encodeFrame({
      tag: 't',
      source: 's',
      body: encode('x'),
      attributes: encodeAttributes(attributes),
    })
    const { header } = encodeMessage(frame, 0, 1, [], term)
    const lines = header.toString().split('\r\n')
    expect(lines).toEqual(
      expect.arrayContaining([
        'ce-id: x%201',
        'ce-type: com.example',
        'ce-typeofcontent: text/plain',
        'ce-n: 5',
        'ce-on: true',
        'ce-datacontenttype: application/vnd.msgpack',
      ]),
    )
    expect(lines.filter((line) => /^ce-(id|type):/.test(line))).toHaveLength(2)
  })

  test('every frame is read back byte for byte, with the seq and time of the stream', () => {
    const text = (maxLength: number, minLength = 0) => fc.string({ unit: 'grapheme', minLength, maxLength })
    const attributes = fc.dictionary(
      fc.stringMatching(/^x[a-z0-9]{0,8}$/),
      fc.oneof(text(20), fc.integer(), fc.boolean()),
      { maxKeys: 5 },
    )
    fc.assert(
      fc.property(
        text(80, 1),
        fc.oneof(fc.constantFrom('', '-', '%2D'), text(40)),
        attributes,
        fc.uint8Array({ maxLength: 200 }),
        fc.nat(0xffff_ffff),
        (tag, source, extra, body, kind) => {
          const parts = { tag, source, body, kind, attributes: encodeAttributes(extra as Attributes) }
          const place = { seq: 123_456, time: 1_700_000_000_000_001 }
          const message = encodeMessage(encodeFrame(parts), 0, place.seq, [], term)
          expect(readBack(message, place.seq, place.time)).toEqual(
            Buffer.from(encodeFrame({ ...parts, ...place })),
          )
        },
      ),
      { numRuns: 1000 },
    )
  })

  test('a frame is taken from the middle of a batch, whose memory may be used again', () => {
    const frames = ['a', 'b', 'c'].map((tag) => encodeFrame({ tag, source: 's', body: encode(tag) }))
    const bytes = Buffer.concat(frames)
    const message = encodeMessage(bytes, frameBytes(frames[0], 0), 2, [], term)
    bytes.fill(0xff)
    expect(readBack(message, 0, 0)).toEqual(Buffer.from(frames[1]))
  })

  test.each([
    ['no subject', 'ce-source: x\r\ntocsin-term: 5\r\n'],
    ['no term', 'ce-source: x\r\nce-subject: y\r\n'],
    ['nothing', ''],
  ])('a message with %s was not written by a hub', (_, lines) => {
    expect(decodeHeader(`NATS/1.0\r\n${lines}\r\n`)).toBeUndefined()
  })

  test('any header block is read without an exception', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 200 }), (text) => {
        decodeHeader(text)
        decodeHeader(`NATS/1.0\r\n${text}`)
        decodeHeader(`NATS/1.0\r\ntocsin-producer: ${text}\r\nce-subject: ${text}\r\n\r\n`)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('the counters of producers', () => {
  const batchOf = (counters: number[], range: { first: number; last: number; count: number }) => ({
    bytes: Buffer.concat(counters.map((seq) => encodeFrame({ tag: 't', body: encode(1), seq }))),
    count: counters.length,
    firstSeq: 0,
    lastSeq: 0,
    producers: [{ key: 'k', ...range }],
  })

  test('each frame carries its own, so that a part of a batch can be stored', () => {
    const lists = producersOfFrames(batchOf([4, 5, 9], { first: 4, last: 9, count: 3 }))
    expect(lists.map(([range]) => [range.key, range.first, range.last, range.count])).toEqual([
      ['k', 4, 4, 1],
      ['k', 5, 5, 1],
      ['k', 9, 9, 1],
    ])
  })

  test('the last frame carries those of frames without counters', () => {
    const batch = batchOf([0, 0], { first: 7, last: 8, count: 2 })
    expect(producersOfFrames(batch)).toEqual([[], batch.producers])
    expect(producersOfFrames({ ...batch, producers: undefined })).toEqual([[], []])
  })
})
