import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Attributes, encodeAttributes } from '../../../src/event/attributes.js'
import { encodeFrame } from '../../../src/event/frame.js'
import { encode } from '../../../src/event/msgpack/encoder.js'
import type { ProducerRange } from '../../../src/log/event-log.js'
import { decodeHeader, MessageTexts, producersOfFrames } from '../../../src/log/jetstream/event-message.js'
import { MessageFrame } from '../../../src/log/jetstream/message-frame.js'
import { MessageWriter } from '../../../src/log/jetstream/message-writer.js'
import { Subjects } from '../../../src/log/jetstream/subjects.js'
import { eachPublication, type Publication } from '../../../src/storage/nats/wire.js'

const term = {
  epoch: 'kwbmlbtd52e6u',
  number: 257,
  texts: new MessageTexts(new Subjects('t')),
  typeOf: (tag: string) => tag.split('/').slice(0, 2).join('.'),
}

/** Returns the messages of frames, which are overwritten afterwards. */
function messagesOf(
  frames: readonly Uint8Array[],
  first: number,
  producers?: ProducerRange[],
): (Publication & { header: Buffer; payload: Buffer })[] {
  const bytes = Buffer.concat(frames)
  const writer = new MessageWriter(term, () => 1024 * 1024)
  const batch = { bytes, count: frames.length, firstSeq: 0, lastSeq: 0, producers }
  const replyOf = (place: number, isLast: boolean) => (isLast ? `reply.${place}` : '')
  const run = writer.write(batch, { first, replyOf })
  bytes.fill(0xff)
  if (run instanceof Error) throw run
  const messages: ReturnType<typeof messagesOf> = []
  eachPublication(run.bytes, (message) => messages.push(message as (typeof messages)[0]))
  expect(run.ends.at(-1)).toBe(run.bytes.length)
  return messages
}

/** A message as it is received. */
function received(header: Buffer, payload: Uint8Array) {
  const before = Buffer.from('HMSG')
  const bytes = Buffer.concat([before, header, payload, before])
  const payloadStart = before.length + header.length
  const end = payloadStart + payload.length
  return { bytes, start: before.length, payloadStart, end, header: header.toString('latin1') }
}

function frameOf(header: Buffer, payload: Uint8Array, seq: number, time: number): Buffer | undefined {
  const frame = new MessageFrame()
  if (!frame.read(received(header, payload), seq)) return undefined
  const bytes = Buffer.alloc(frame.bytes + 2)
  frame.write(bytes, 1, seq, time)
  expect([bytes[0], bytes.at(-1)]).toEqual([0, 0])
  return bytes.subarray(1, -1)
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
    const [{ subject, header, payload }] = messagesOf([frame], 300, producers)
    expect(subject).toBe('t.event.salt.job.%C3%A9%0A')
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
    const [{ header }] = messagesOf([frame], 300)
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
          const [{ header, payload }] = messagesOf([encodeFrame(parts)], place.seq)
          expect(frameOf(header, payload, place.seq, place.time)).toEqual(
            Buffer.from(encodeFrame({ ...parts, ...place })),
          )
        },
      ),
      { numRuns: 1000 },
    )
  })

  test('the messages of a batch follow each other, and only some of them ask for an answer', () => {
    const frames = ['a', 'b', 'c'].map((tag) => encodeFrame({ tag, source: 's', body: encode(tag) }))
    const messages = messagesOf(frames, 300)
    expect(messages.map(({ subject, reply }) => [subject, reply])).toEqual([
      ['t.event.a', ''],
      ['t.event.b', ''],
      ['t.event.c', 'reply.302'],
    ])
    const read = messages.map(({ header, payload }) => frameOf(header, payload, 0x1000, 0))
    const place = { seq: 0x1000, time: 0 }
    expect(read).toEqual(
      ['a', 'b', 'c'].map((tag) =>
        Buffer.from(encodeFrame({ tag, source: 's', body: encode(tag), ...place })),
      ),
    )
  })

  test('a batch with an event over the limit is refused as a whole, and the next one is sound', () => {
    const writer = new MessageWriter(term, () => 600)
    const batch = (...bodies: number[]) => ({
      bytes: Buffer.concat(
        bodies.map((length) => encodeFrame({ tag: 't', body: encode('x'.repeat(length)) })),
      ),
      count: bodies.length,
      firstSeq: 0,
      lastSeq: 0,
    })
    const placing = { first: 300, replyOf: () => '' }
    expect(writer.write(batch(10, 600), placing)).toMatchObject({ code: 'TCN_NATS_PAYLOAD' })
    expect(writer.write(batch(10), placing)).toMatchObject({ ends: [expect.any(Number)] })
  })

  test.each([
    ['no subject', 'ce-source: x\r\ntocsin-term: 5\r\n'],
    ['no term', 'ce-source: x\r\nce-subject: y\r\n'],
    ['nothing', ''],
  ])('a message with %s was not written by a hub', (_, lines) => {
    const block = `NATS/1.0\r\n${lines}\r\n`
    expect(decodeHeader(block)).toBeUndefined()
    expect(frameOf(Buffer.from(block), Buffer.alloc(1), 9, 0)).toBeUndefined()
  })

  test.each([
    ['a term after its own place', 'ce-source: x\r\nce-subject: y\r\ntocsin-term: 500\r\n'],
    ['a term that is no number', 'ce-subject: y\r\ntocsin-term: x\r\n'],
    ['counters that are none', 'ce-subject: y\r\ntocsin-term: 5\r\ntocsin-producer: 1 x 3 a\r\n'],
    ['a source over the limit', `ce-source: ${'x'.repeat(256)}\r\nce-subject: y\r\ntocsin-term: 5\r\n`],
    ['a tag over the limit', `ce-subject: ${'x'.repeat(65_001)}\r\ntocsin-term: 5\r\n`],
    [
      'attributes over the limit',
      `ce-subject: y\r\ntocsin-term: 5\r\ntocsin-attributes: ${'A'.repeat(11_000)}\r\n`,
    ],
  ])('a message with %s becomes no event', (_, lines) => {
    expect(frameOf(Buffer.from(`NATS/1.0\r\n${lines}\r\n`), Buffer.alloc(1), 499, 0)).toBeUndefined()
  })

  test('headers are read from their bytes as from their text, however other programs write them', () => {
    const name = fc.constantFrom(
      'ce-subject',
      'ce-source',
      'ce-kind',
      'tocsin-term',
      'tocsin-producer',
      'ce-id',
    )
    const value = fc.oneof(
      fc.constantFrom(
        'x',
        '-',
        '%2D',
        '5',
        ' 5',
        '5 ',
        '05',
        '',
        'a b',
        '1 2 3 a%20b',
        '1 2 3 k',
        '1e3',
        '\t7',
      ),
      fc.string({ unit: 'binary-ascii', maxLength: 12 }),
    )
    const separator = fc.constantFrom(': ', ': ', ': ', ':', ':  ', ' : ', '-x: ')
    const line = fc.tuple(name, separator, value).map((parts) => parts.join(''))
    const end = fc.constantFrom('\r\n\r\n', '\r\n\r\n', '\r\n', '', '\n')
    // It remembers the last producer.
    const found = new MessageFrame()
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), end, (lines, last) => {
        const required = ['ce-subject: s', 'tocsin-term: 5']
        for (const all of [lines, [...required, ...lines], [...lines, ...required]]) {
          const block = Buffer.from(`NATS/1.0\r\n${all.join('\r\n')}${last}`, 'latin1')
          const read = decodeHeader(block.toString('latin1'))
          const isEvent = found.read(received(block, Buffer.from([1])), 2 ** 52)
          if (read === undefined || read.source.length > 255 || read.term > 2 ** 52) {
            expect(isEvent).toBe(false)
            continue
          }
          expect([isEvent, found.term, found.producers]).toEqual([true, read.term, read.producers])
          const bytes = Buffer.alloc(found.bytes)
          found.write(bytes, 0, 9, 8)
          const [tag, source] = [read.tag, read.source].map((text) => Buffer.from(text, 'latin1'))
          const parts = { tag, source, kind: read.kind, body: Buffer.from([1]), seq: 9, time: 8 }
          expect(bytes).toEqual(Buffer.from(encodeFrame(parts)))
        }
      }),
      { numRuns: 3000 },
    )
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
    expect(producersOfFrames({ ...batch, producers: undefined })).toEqual([])
  })
})
