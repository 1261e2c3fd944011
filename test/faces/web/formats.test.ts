import type { Writable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as ws from 'ws'
import type { Format } from '../../../src/bus/sink.js'
import { fromCloudEvent, MAX_JSON_VALUES, toCloudEvent } from '../../../src/event/cloudevents.js'
import { Event } from '../../../src/event/event.js'
import { encodeFrame, Flag } from '../../../src/event/frame.js'
import { encode } from '../../../src/event/msgpack/encoder.js'
import {
  cloudEventsFormat,
  jsonRecordsFormat,
} from '../../../src/faces/http/streams/websocket/json-records.js'
import { EventTexts } from '../../../src/faces/web/event-text.js'
import { sseFormat, sseStatus } from '../../../src/faces/web/sse.js'
import { textFrames } from '../../../src/faces/web/websocket/frame.js'
import { concat } from '../../event/bytes.js'
import { plainValue } from '../../event/msgpack/arbitrary.js'

const severityOf = ({ seq }: Event) => (seq % 2 === 0 ? 'err' : undefined)
const view = { epoch: 'e', typeOf: () => 'tocsin.event', severityOf }
const texts = new EventTexts(view)
const frame = (seq: number, data: unknown, flags = 0) =>
  encodeFrame({ tag: `t/${seq}`, source: 'host/a', body: encode(data), seq, time: 1e15, flags })
const cloudEvent = (bytes: Uint8Array) => toCloudEvent(new Event(bytes), view)
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString()

// Exported by `ws`, but missing in its types.
const { Receiver } = ws as unknown as { Receiver: new (options: object) => Writable }

/** Returns the messages that a receiver of RFC 6455 reads from the bytes. */
function messages(bytes: Uint8Array): string[] {
  const seen: string[] = []
  const receiver = new Receiver({ isServer: false })
  receiver.on('message', (data: Buffer) => seen.push(data.toString()))
  receiver.write(Buffer.from(bytes))
  return seen
}

/** Everything that readers of the long frame are sent, who read it side by side. */
function written(
  format: Format,
  bytes: Uint8Array,
  readers: number,
): { pieces: Uint8Array[]; bytes: Buffer }[] {
  const reading = Array.from({ length: readers }, () => ({
    pieces: [] as Uint8Array[],
    steps: format.long!(bytes)!.steps(),
  }))
  for (let isDone = false; !isDone; ) {
    for (const { pieces, steps } of reading) {
      const step = steps.next()
      if (step.done) isDone = true
      else pieces.push(...step.value)
    }
  }
  return reading.map(({ pieces }) => ({ pieces, bytes: Buffer.concat(pieces) }))
}

/** What the reader of a stream sees: its messages, or its body without the chunks. */
function read({ name }: Format, bytes: Buffer): string[] {
  if (name.startsWith('ws')) return messages(bytes)
  return name === 'sse' ? [bytes.toString()] : [unchunked(bytes)]
}

function unchunked(bytes: Buffer): string {
  const parts: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const start = bytes.indexOf('\r\n', at) + 2
    const end = start + Number.parseInt(bytes.toString('latin1', at, start - 2), 16)
    parts.push(bytes.subarray(start, end))
    at = end + 2
  }
  return Buffer.concat(parts).toString()
}

describe('events as JSON', () => {
  it('keep the bytes of a body with very many values, which would be far longer as JSON', () => {
    const nils = (count: number) => frame(count, new Array(count).fill(null))
    const [few, many] = [nils(MAX_JSON_VALUES - 1), nils(MAX_JSON_VALUES)]
    expect(JSON.parse(texts.of(new Event(few))).data).toHaveLength(MAX_JSON_VALUES - 1)
    const shown = JSON.parse(texts.of(new Event(many)))
    expect(shown.data).toBeUndefined()
    expect(shown.datacontenttype).toBe('application/vnd.msgpack')
    expect(shown).toEqual(cloudEvent(many))
    expect(fromCloudEvent(shown, view).body).toEqual(new Event(many).body)
  })

  it.each([true, false])(
    'are the same in pieces, which readers of the same event share (chunked: %s)',
    (chunked) => {
      const large = frame(8, { x: ['ä'.repeat(2 ** 18), { y: 1 }] })
      for (const format of [sseFormat(texts, chunked), jsonRecordsFormat(texts), cloudEventsFormat(texts)]) {
        const [first, second] = written(format, large, 2)
        expect(first.pieces.length).toBeGreaterThan(10)
        expect(first.pieces.filter((piece) => second.pieces.includes(piece)).length).toBeGreaterThan(10)
        expect(read(format, first.bytes)).toEqual(read(format, Buffer.from(format.encode(large))))
      }
    },
  )

  it('are not made in pieces if they are short', () => {
    for (const format of [sseFormat(texts, true), jsonRecordsFormat(texts), cloudEventsFormat(texts)])
      expect(format.long?.(frame(9, 'x'.repeat(100_000)))).toBeUndefined()
  })

  it('are encoded once for all formats', () => {
    const bytes = frame(1, { x: 1 })
    const first = texts.of(new Event(bytes))
    expect(JSON.parse(first)).toEqual(cloudEvent(bytes))
    expect(text(sseFormat(texts, false).encode(bytes))).toBe(`id: e-1\ndata: ${first}\n\n`)
    expect(messages(cloudEventsFormat(texts).encode(bytes))).toEqual([first])
  })

  it('have the same text, whether encoded the quick way or not', () => {
    const parts = fc.record({
      data: plainValue,
      tag: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
      source: fc.string({ unit: 'grapheme', maxLength: 20 }),
      time: fc.oneof(fc.nat(), fc.maxSafeInteger().map(Math.abs), fc.constantFrom(0, 1e15, 8.64e15)),
      seq: fc.nat(),
      kind: fc.constantFrom(0, 0, 0, 7),
    })
    fc.assert(
      fc.property(parts, ({ data, ...rest }) => {
        const bytes = encodeFrame({ ...rest, body: encode(data) })
        expect(new EventTexts(view).of(new Event(bytes))).toBe(JSON.stringify(cloudEvent(bytes)))
      }),
    )
  })

  it('are not confused: redelivered, made for one subscriber, or in the same slot', () => {
    const of = (bytes: Uint8Array) => JSON.parse(texts.of(new Event(bytes)))
    expect(of(frame(7, 'a'))).toMatchObject({ data: 'a' })
    expect(of(frame(7, 'a', Flag.redelivered))).toMatchObject({ redelivered: true })
    expect(of(frame(7 + 256, 'b'))).toMatchObject({ data: 'b' })
    expect(of(frame(7, 'own', Flag.synthetic))).toMatchObject({ data: 'own' })
    expect(of(frame(7, 'a'))).toMatchObject({ data: 'a' })
  })
})

describe('server-sent events', () => {
  it('begin each chunk with its length', () => {
    const bytes = concat(frame(1, 'ä'), frame(2, '\u{1f514}'))
    const bare = sseFormat(texts, false).encode(bytes)
    const chunk = text(sseFormat(texts, true).encode(bytes))
    expect(chunk).toBe(`${bare.length.toString(16)}\r\n${text(bare)}\r\n`)
  })

  it('report a position with an id alone, which fires no event handler', () => {
    expect(sseStatus({ type: 'position', seq: 5 }, 'e')).toBe(':\nid: e-5\n\n')
  })

  it('have no id for an event that is not in the log', () => {
    expect(text(sseFormat(texts, false).encode(frame(9, 1, Flag.synthetic)))).toMatch(/^data: /)
  })
})

describe('frames of a WebSocket', () => {
  it.each([0, 1, 125, 126, 65535, 65536, 200_000])('carry a text of %d bytes', (length) => {
    const long = 'x'.repeat(length)
    expect(messages(textFrames([long, 'ä', long]))).toEqual([long, 'ä', long])
  })

  it('carry each event of a batch as a separate record', () => {
    const bytes = concat(frame(1, 1), frame(2, 'x'.repeat(1000)))
    const records = messages(jsonRecordsFormat(new EventTexts(view)).encode(bytes)).map((each) =>
      JSON.parse(each),
    )
    expect(records).toEqual([
      { op: 'event', seq: 1, cursor: 'e-1', event: cloudEvent(frame(1, 1)) },
      { op: 'event', seq: 2, cursor: 'e-2', event: cloudEvent(frame(2, 'x'.repeat(1000))) },
    ])
  })
})
