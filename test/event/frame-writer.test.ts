import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TocsinError } from '../../src/errors/tocsin-error.js'
import { checkFrame, DEFAULT_LIMITS } from '../../src/event/check.js'
import { Event, iterateFrames } from '../../src/event/event.js'
import { encodeFrame } from '../../src/event/frame.js'
import { FrameWriter, type WrittenFrames } from '../../src/event/frame-writer.js'
import { encode } from '../../src/event/msgpack/encoder.js'
import { concat } from './bytes.js'

function takeAll(writer: FrameWriter): WrittenFrames[] {
  const pieces: WrittenFrames[] = []
  for (let piece = writer.take(); piece !== undefined; piece = writer.take()) pieces.push(piece)
  return pieces
}

function eventsOf(pieces: WrittenFrames[]): Event[] {
  return pieces.flatMap((piece) => [...iterateFrames(piece.bytes)])
}

function codeOf(run: () => void): string {
  try {
    run()
  } catch (error) {
    return (error as TocsinError).code
  }
  return 'nothing thrown'
}

describe('frame writer', () => {
  it('writes the same frame as encodeFrame', () => {
    const writer = new FrameWriter({ source: 'host/web1', firstCounter: 7 })
    expect(writer.write('a/b', { x: 1 })).toBe(7)
    expect(
      writer.write('höst/✓', 2, { source: 'other', attributes: { id: 'i', n: 1, ok: true }, kind: 5 }),
    ).toBe(8)
    const [piece] = takeAll(writer)
    const expected = concat(
      encodeFrame({ tag: 'a/b', source: 'host/web1', body: encode({ x: 1 }), seq: 7 }),
      encodeFrame({
        tag: 'höst/✓',
        source: 'other',
        attributes: encode({ id: 'i', n: 1, ok: true }),
        kind: 5,
        body: encode(2),
        seq: 8,
      }),
    )
    expect(piece).toEqual({ bytes: expected, count: 2, first: 7, last: 8, walked: undefined, given: false })
  })

  it('writes a body that is already msgpack unchanged', () => {
    const writer = new FrameWriter()
    const body = new Uint8Array([0xd9, 0x01, 0x61])
    writer.writeEncoded('a', body)
    expect(new Event(takeAll(writer)[0].bytes).body).toEqual(body)
  })

  it('puts a long body that was walked into a piece of its own, which says so, without trying slabs', () => {
    const writer = new FrameWriter()
    const walked = { fault: undefined, depth: 1 }
    for (const body of [encode(1), encode('x'.repeat(100_000)), encode('x'.repeat(9_000_000)), encode(2)])
      writer.writeEncoded('a', body, { walked })
    const pieces = takeAll(writer)
    expect(pieces.map(({ count, walked }) => [count, walked])).toEqual([
      [1, undefined],
      [1, walked],
      [1, walked],
      [1, undefined],
    ])
    expect(pieces[2].bytes.buffer.byteLength).toBeLessThan(9_010_000)
  })

  describe('a long body with room before it', () => {
    const ROOM = 500
    const long = encode('x'.repeat(100_000))

    function roomy(room: number) {
      const memory = new Uint8Array(ROOM + long.length)
      memory.set(long, ROOM)
      return { memory, body: memory.subarray(ROOM), walked: { fault: undefined, depth: 0, room } }
    }

    it('is not copied: the frame is written around it, and the memory is given away', () => {
      const writer = new FrameWriter({ source: 'host/web1' })
      const { memory, body, walked } = roomy(ROOM)
      writer.write('before', 1)
      writer.writeEncoded('höst/a', body, { walked, attributes: { id: 'i' }, kind: 7 })
      writer.write('after', 2)
      const pieces = takeAll(writer)
      expect(pieces.map(({ bytes, given }) => [bytes.buffer === memory.buffer, given])).toEqual([
        [false, false],
        [true, true],
        [false, false],
      ])
      expect(pieces[1].bytes).toEqual(
        encodeFrame({
          tag: 'höst/a',
          source: 'host/web1',
          attributes: encode({ id: 'i' }),
          kind: 7,
          body: long,
          seq: 2,
        }),
      )
      expect(eventsOf(pieces).map(({ seq, tag }) => [seq, tag])).toEqual([
        [1, 'before'],
        [2, 'höst/a'],
        [3, 'after'],
      ])
    })

    it('is copied if the room is too small, and nothing is written into it', () => {
      const writer = new FrameWriter()
      const { memory, body, walked } = roomy(40)
      writer.writeEncoded('a'.repeat(10), body, { walked })
      const [piece] = takeAll(writer)
      expect(piece.bytes).toEqual(encodeFrame({ tag: 'a'.repeat(10), body: long, seq: 1 }))
      expect(piece.bytes.buffer === memory.buffer).toBe(false)
      expect(memory.subarray(0, ROOM)).toEqual(new Uint8Array(ROOM))
    })

    it('is refused for the same reasons, and the next event is written', () => {
      const writer = new FrameWriter({ maxFrame: 50_000 })
      const { body, walked } = roomy(ROOM)
      expect(codeOf(() => writer.writeEncoded('a', body, { walked }))).toBe('TCN_FRAME_TOO_LARGE')
      expect(codeOf(() => writer.writeEncoded('', body, { walked }))).toBe('TCN_TAG_EMPTY')
      writer.write('next', 1)
      expect(eventsOf(takeAll(writer)).map(({ seq, tag }) => [seq, tag])).toEqual([[1, 'next']])
    })
  })

  it('gives away memory that a large frame has for itself', () => {
    const writer = new FrameWriter()
    for (const data of ['x'.repeat(2_000_000), 1]) writer.write('a', data)
    expect(takeAll(writer).map(({ count, given }) => [count, given])).toEqual([
      [1, true],
      [1, false],
    ])
  })

  it('says what is known of bodies that are written in place, while there are no others', () => {
    const writer = new FrameWriter()
    const walked = { fault: undefined, depth: 1 }
    const writeBody = (slab: Uint8Array, at: number) => {
      slab[at] = 0x90
      return at + 1
    }
    const writeTag = (slab: Uint8Array, at: number) => void slab.fill(0x61, at, at + 1)
    const write = () => writer.writeFrom({ tagBytes: 1, walked, writeTag, writeBody })
    write()
    write()
    expect(takeAll(writer)).toMatchObject([{ count: 2, walked }])
    for (const writeOther of [() => writer.write('a', []), () => writer.writeEncoded('a', encode([]))]) {
      write()
      writeOther()
      write()
      expect(takeAll(writer)).toMatchObject([{ count: 3, walked: undefined }])
    }
  })

  it('writes into the same memory again once nobody needs it', () => {
    const writer = new FrameWriter()
    writer.write('a', 'first')
    writer.reuse()
    writer.write('a', 'second')
    const [piece] = takeAll(writer)
    expect(eventsOf([piece]).map(({ data }) => data)).toEqual(['first', 'second'])
    writer.reuse()
    writer.write('a', 'third')
    const [again] = takeAll(writer)
    expect(eventsOf([again]).map(({ data }) => data)).toEqual(['third'])
    expect([again.bytes.buffer, again.bytes.byteOffset]).toEqual([piece.bytes.buffer, piece.bytes.byteOffset])
  })

  it('returns the frames written since the last call', () => {
    const writer = new FrameWriter()
    expect(writer.take()).toBeUndefined()
    writer.write('a', 1)
    writer.write('b', 2)
    expect(writer.pendingBytes).toBe(2 * 36)
    const first = writer.take()
    expect(writer.pendingBytes).toBe(0)
    writer.write('c', 3)
    const second = writer.take()
    expect(writer.take()).toBeUndefined()
    expect([first?.first, first?.last, first?.count]).toEqual([1, 2, 2])
    expect([second?.first, second?.last, second?.count]).toEqual([3, 3, 1])
    expect(writer.nextCounter).toBe(4)
  })

  it('never changes frames that were taken, however much is written afterwards', () => {
    const writer = new FrameWriter({ slabBytes: 4096 })
    const pieces: WrittenFrames[] = []
    const copies: Uint8Array[] = []
    for (let index = 0; index < 1000; index++) {
      writer.write(`tag/${index}`, { index, text: 'x'.repeat(index % 100) })
      if (index % 3 === 0) pieces.push(...takeAll(writer))
      copies.push(...pieces.slice(copies.length).map((piece) => piece.bytes.slice()))
    }
    pieces.push(...takeAll(writer))
    expect(pieces.slice(0, copies.length).map((piece) => piece.bytes)).toEqual(copies)
    expect(eventsOf(pieces).map((event) => (event.data as { index: number }).index)).toEqual([
      ...Array(1000).keys(),
    ])
  })

  it('writes valid frames of any size in order', () => {
    const size = fc.oneof(fc.nat(300), fc.nat(10_000))
    fc.assert(
      fc.property(fc.array(fc.tuple(size, fc.boolean()), { maxLength: 50 }), (sizes) => {
        const writer = new FrameWriter({ slabBytes: 2048, source: 's' })
        const pieces: WrittenFrames[] = []
        for (const [bytes, take] of sizes) {
          writer.write('tag', 'x'.repeat(bytes))
          if (take) pieces.push(...takeAll(writer))
        }
        pieces.push(...takeAll(writer))
        const events = eventsOf(pieces)
        expect(events.map((event) => (event.data as string).length)).toEqual(sizes.map(([bytes]) => bytes))
        expect(events.map((event) => event.seq)).toEqual(sizes.map((_, index) => index + 1))
        expect(pieces.reduce((sum, piece) => sum + piece.count, 0)).toBe(sizes.length)
        for (const { bytes, at, end } of events)
          expect(checkFrame(bytes, at, end, DEFAULT_LIMITS)).toBeUndefined()
      }),
    )
  })

  it('puts a frame larger than a slab in its own memory', () => {
    const writer = new FrameWriter({ slabBytes: 8192 })
    writer.write('small', 1)
    writer.write('large', new Uint8Array(100_000))
    writer.write('small', 2)
    expect(takeAll(writer).map((piece) => [piece.count, piece.first, piece.last])).toEqual([
      [1, 1, 1],
      [1, 2, 2],
      [1, 3, 3],
    ])
  })

  it('uses little memory for few frames, and no more than allowed for a large one', () => {
    const writer = new FrameWriter({ maxFrame: 1000 })
    writer.write('a', 'x'.repeat(900))
    expect(takeAll(writer)[0].bytes.buffer.byteLength).toBeLessThanOrEqual(16_384)
  })

  it.each<[string, string, unknown, object?]>([
    ['an empty tag', 'TCN_TAG_EMPTY', 1],
    ['a control character', 'TCN_TAG_CONTROL', 1],
    ['a control character beside wide ones', 'TCN_TAG_CONTROL', 1],
    ['a tag of 65001 bytes', 'TCN_TAG_TOO_LONG', 1],
    ['a tag of 65001 bytes in fewer characters', 'TCN_TAG_TOO_LONG', 1],
    ['a source of 256 bytes', 'TCN_ORIGIN_TOO_LONG', 1, { source: 's'.repeat(256) }],
    ['an attribute that is no scalar', 'TCN_ATTRIBUTES_INVALID', 1, { attributes: { a: 1.5 } }],
    ['an attribute with a name that is none', 'TCN_ATTRIBUTES_INVALID', 1, { attributes: { Upper: 'x' } }],
    ['an attribute with the name of a field', 'TCN_ATTRIBUTES_INVALID', 1, { attributes: { source: 'x' } }],
    ['attributes over 8 KiB', 'TCN_ATTRIBUTES_TOO_LARGE', 1, { attributes: { a: 'x'.repeat(8192) } }],
    ['data over the limit', 'TCN_FRAME_TOO_LARGE', 'x'.repeat(5000)],
    ['data far over the limit', 'TCN_FRAME_TOO_LARGE', 'x'.repeat(500_000)],
    ['data that cannot be encoded', 'TCN_BODY_UNSUPPORTED', () => 1],
  ])('refuses %s and writes nothing: %s', (name, code, data, options) => {
    const tags: Record<string, string> = {
      'an empty tag': '',
      'a control character': 'a\nb',
      'a control character beside wide ones': 'é\x7f',
      'a tag of 65001 bytes': 'x'.repeat(65_001),
      'a tag of 65001 bytes in fewer characters': `${'é'.repeat(32_500)}x`,
    }
    const writer = new FrameWriter({ maxFrame: name.startsWith('a tag of') ? 200_000 : 4096 })
    writer.write('before', 1)
    expect(codeOf(() => writer.write(tags[name] ?? 'tag', data, options))).toBe(code)
    writer.write('after', 2)
    const events = eventsOf(takeAll(writer))
    expect(events.map((event) => [event.seq, event.tag, event.data])).toEqual([
      [1, 'before', 1],
      [2, 'after', 2],
    ])
  })

  it('refuses a tag that is not text, such as a whole event', () => {
    const writer = new FrameWriter({ source: 'host/web1', firstCounter: 1 })
    const event = { tag: 'deploy/web1', data: 1 } as unknown as string
    expect(() => writer.write(event, undefined)).toThrow(/a tag cannot be a/)
  })

  it('lets an event of another source have control characters in its tag, but no separator', () => {
    const writer = new FrameWriter({ source: 'host/web1' })
    const relayed = { source: 'salt/master' }
    const tags = ['a\tb', 'a\nb', '\0', 'é\x1b\x7f', '\x7f', `\t${'x'.repeat(64_999)}`]
    for (const tag of tags) writer.write(tag, 1, relayed)
    expect(eventsOf(takeAll(writer)).map(({ tag }) => tag)).toEqual(tags)
    for (const tag of ['a\n\nb', 'a\n'])
      expect(codeOf(() => writer.write(tag, 1, relayed))).toBe('TCN_TAG_CONTROL')
    expect(codeOf(() => writer.write('a\tb', 1))).toBe('TCN_TAG_CONTROL')
  })

  it('accepts a frame of exactly the largest size and none larger', () => {
    const writer = new FrameWriter({ maxFrame: 100 })
    const body = 100 - 32 - 3 - 2 - 2
    writer.write('tag', new Uint8Array(body))
    expect(takeAll(writer)[0].bytes.length).toBe(100)
    const long = new FrameWriter({ maxFrame: 1024 + 32 + 2 + 1 })
    expect(long.write('t'.repeat(1024), 1)).toBe(1)
    expect(codeOf(() => writer.write('tag', new Uint8Array(body + 1)))).toBe('TCN_FRAME_TOO_LARGE')
  })

  it('refuses to write an event while reading the data of another', () => {
    const writer = new FrameWriter()
    const data = {
      get nested() {
        return writer.write('inner', 1)
      },
    }
    expect(codeOf(() => writer.write('outer', data))).toBe('TCN_BODY_UNSUPPORTED')
    writer.write('next', 1)
    expect(eventsOf(takeAll(writer)).map((event) => event.tag)).toEqual(['next'])
  })
})
