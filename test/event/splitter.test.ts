import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TocsinError } from '../../src/errors/tocsin-error.js'
import { encodeFrame, writeU32 } from '../../src/event/frame.js'
import { RecordSplitter } from '../../src/event/splitter.js'
import { concat, hex, toHex } from './bytes.js'

const event = (tag: string) => encodeFrame({ tag, body: hex('81 a161 01') })

function record(op: number, rest: Uint8Array): Uint8Array {
  const bytes = concat(hex('00000000'), Uint8Array.of(op), rest)
  writeU32(bytes, 0, bytes.length - 4)
  return bytes
}

/** Returns a splitter that collects each record as hex, and the lengths of the runs of events. */
function collect(maxRecord = 4096, isBusy = false) {
  const records: string[] = []
  const runs: number[] = []
  const splitter = new RecordSplitter(
    {
      onEvents(bytes, start, end, count) {
        runs.push(count)
        let at = start
        for (let index = 0; index < count; index++) {
          const stop = at + new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true) + 4
          records.push(toHex(bytes.subarray(at, stop)))
          at = stop
        }
        expect(at).toBe(end)
      },
      onRecord(op, bytes, start, end) {
        records.push(toHex(record(op, bytes.subarray(start, end))))
      },
      isBusy,
    },
    maxRecord,
  )
  return { records, runs, splitter }
}

function codeOf(run: () => void): string {
  try {
    run()
  } catch (error) {
    return (error as TocsinError).code
  }
  return 'nothing thrown'
}

const sample = [
  event('a'),
  event('b/c'),
  record(9, hex('80')),
  event('d'.repeat(100)),
  record(17, hex('')),
  record(200, hex('0102030405')),
  event('e'),
  event('f'),
]

describe('splitter', () => {
  it('passes on events in batches and other records one by one, in order', () => {
    const { records, runs, splitter } = collect()
    splitter.push(concat(...sample))
    expect(records).toEqual(sample.map(toHex))
    expect(runs).toEqual([2, 1, 2])
    expect(splitter.pendingBytes).toBe(0)
  })

  it('gives the same records when the stream is split at any byte', () => {
    const stream = concat(...sample)
    for (let cut = 0; cut <= stream.length; cut++) {
      const { records, splitter } = collect()
      splitter.push(stream.subarray(0, cut))
      splitter.push(stream.subarray(cut))
      expect(records).toEqual(sample.map(toHex))
      expect(splitter.pendingBytes).toBe(0)
    }
  })

  it('gives the same records byte by byte', () => {
    const { records, splitter } = collect()
    for (const byte of concat(...sample)) splitter.push(Uint8Array.of(byte))
    expect(records).toEqual(sample.map(toHex))
  })

  it('gives the same records for every way to cut the stream', () => {
    const piece = fc.oneof(
      fc.string({ minLength: 1, maxLength: 40 }).map(event),
      fc
        .tuple(fc.integer({ min: 2, max: 255 }), fc.uint8Array({ maxLength: 30 }))
        .map(([op, rest]) => record(op, rest)),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.array(fc.nat(60)), (pieces, sizes) => {
        const stream = concat(...pieces)
        const { records, splitter } = collect()
        let at = 0
        for (const size of sizes) {
          splitter.push(stream.subarray(at, at + size))
          at = Math.min(stream.length, at + size)
        }
        splitter.push(stream.subarray(at))
        expect(records).toEqual(pieces.map(toHex))
        expect(splitter.pendingBytes).toBe(0)
      }),
    )
  })

  it('keeps records intact when later chunks arrive', () => {
    const kept: Uint8Array[] = []
    const splitter = new RecordSplitter(
      { onEvents: (bytes, start, end) => kept.push(bytes.subarray(start, end)), onRecord: () => {} },
      4096,
    )
    const stream = concat(event('first'), event('second'), event('third'))
    for (let at = 0; at < stream.length; at += 10) splitter.push(stream.slice(at, at + 10))
    expect(concat(...kept)).toEqual(stream)
  })

  it('refuses a record over the limit before it allocates memory for it', () => {
    const { records, splitter } = collect(100)
    const long = record(2, new Uint8Array(100))
    expect(codeOf(() => splitter.push(concat(event('a'), long.subarray(0, 5))))).toBe('TCN_PROTOCOL_LENGTH')
    expect(records).toEqual([toHex(event('a'))])
    expect(splitter.pendingBytes).toBe(0)
    expect(codeOf(() => collect(100).splitter.push(long))).toBe('TCN_PROTOCOL_LENGTH')
    expect(codeOf(() => collect(40).splitter.push(event('too long a tag')))).toBe('TCN_FRAME_TOO_LARGE')
    expect(codeOf(() => collect(100).splitter.push(record(2, new Uint8Array(95))))).toBe('nothing thrown')
    expect(codeOf(() => collect(100).splitter.push(record(2, new Uint8Array(96))))).toBe(
      'TCN_PROTOCOL_LENGTH',
    )
  })

  it('allocates memory as bytes arrive, not as a length claims', () => {
    const { splitter } = collect(16 * 1024 * 1024)
    const stream = concat(hex('fbffff00 02'), new Uint8Array(20_000))
    splitter.push(stream.subarray(0, 10))
    expect(splitter.pendingBytes).toBe(4096)
    splitter.push(stream.subarray(10))
    expect(splitter.pendingBytes).toBeLessThanOrEqual(2 * stream.length)
  })

  it.each([
    ['a record without an op', 'TCN_PROTOCOL_LENGTH', hex('00000000')],
    ['an event shorter than its header', 'TCN_FRAME_LENGTH', hex('1b000000 01')],
  ])('refuses %s: %s', (_, code, bytes) => {
    expect(codeOf(() => collect().splitter.push(concat(bytes, new Uint8Array(100))))).toBe(code)
    expect(codeOf(() => collect().splitter.push(bytes))).toBe(code)
    expect(
      codeOf(() => {
        const { splitter } = collect()
        for (const byte of concat(bytes, hex('00'))) splitter.push(Uint8Array.of(byte))
      }),
    ).toBe(code)
  })

  it('uses a limit that the sink changed for the next record of the same chunk', () => {
    const taken: number[] = []
    const splitter = new RecordSplitter(
      {
        onEvents: () => {},
        onRecord(op) {
          taken.push(op)
          splitter.maxRecord = 4096
        },
      },
      100,
    )
    splitter.push(concat(record(2, hex('80')), record(3, new Uint8Array(1000))))
    expect(taken).toEqual([2, 3])
  })

  it('keeps what a busy sink does not take, and passes it on in order when asked', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...sample)), fc.integer({ min: 1, max: 200 }), (parts, size) => {
        const stream = concat(...parts)
        const { records, splitter } = collect(4096, true)
        for (let at = 0; at < stream.length; at += size) {
          let isDone = splitter.push(stream.subarray(at, at + size))
          while (!isDone) {
            const before = records.length
            isDone = splitter.resume()
            const taken = records.slice(before).filter((each) => each.slice(8, 10) !== '01')
            expect(taken.length).toBeLessThanOrEqual(1)
          }
        }
        expect(records).toEqual(parts.map(toHex))
      }),
    )
  })

  it('keeps it although the memory of the chunk is used again', () => {
    const parts = Array.from({ length: 10 }, () => sample[1]).concat(sample)
    const { records, splitter } = collect(4096, true)
    const shared = Buffer.from(concat(...parts))
    let isDone = splitter.push(shared)
    shared.fill(0)
    while (!isDone) isDone = splitter.resume()
    expect(records).toEqual(parts.map(toHex))
  })

  it('has memory for all of a record once a sixteenth of it is there, so that little is copied or left over', () => {
    const frame = event('x'.repeat(1_000_000))
    const memories = new Set<ArrayBufferLike>()
    const splitter = new RecordSplitter(
      {
        onEvents: (bytes) => void memories.add(bytes.buffer),
        onRecord: () => {},
        onPartOfFrame: (bytes) => void memories.add(bytes.buffer),
      },
      2 ** 24,
    )
    for (let at = 0; at < frame.length; at += 10_000) {
      splitter.push(frame.subarray(at, at + 10_000))
      const arrived = Math.min(at + 10_000, frame.length)
      expect(splitter.pendingBytes).toBeLessThanOrEqual(Math.max(arrived * 2, 4096))
    }
    const sizes = [...memories].map(({ byteLength }) => byteLength)
    expect(sizes.pop()).toBe(frame.length)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(frame.length / 8)
  })

  it('tells of a long frame as its parts arrive', () => {
    const parts: number[] = []
    const frame = event('x'.repeat(300))
    const splitter = new RecordSplitter(
      {
        onEvents: () => void parts.push(-1),
        onRecord: () => {},
        onPartOfFrame: (bytes, held) =>
          parts.push(toHex(bytes.subarray(0, held)) === toHex(frame.subarray(0, held)) ? held : 0),
      },
      4096,
    )
    for (let at = 0; at < frame.length; at += 100) splitter.push(frame.subarray(at, at + 100))
    expect(parts).toEqual([200, 300, -1])
  })

  it('accepts a million tiny records', () => {
    const tiny = encodeFrame({ tag: 'a', body: hex('c0') })
    const chunk = concat(...Array<Uint8Array>(1000).fill(tiny))
    let events = 0
    const splitter = new RecordSplitter(
      { onEvents: (_b, _s, _e, count) => (events += count), onRecord: () => {} },
      64,
    )
    for (let round = 0; round < 1000; round++) splitter.push(chunk)
    expect(events).toBe(1_000_000)
    expect(splitter.pendingBytes).toBe(0)
  })
})
