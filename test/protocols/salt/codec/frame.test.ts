import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encode } from '../../../../src/event/msgpack/encoder.js'
import { joinBody, splitBody } from '../../../../src/protocols/salt/codec/body.js'
import {
  encodeFrame,
  type FrameFault,
  FrameSplitter,
  framedBytes,
} from '../../../../src/protocols/salt/codec/frame.js'
import { concat, hex, text, toHex } from '../../../event/bytes.js'
import { frames } from './vectors.js'

interface Split {
  bodies: Uint8Array[]
  texts: number
  faults: FrameFault[]
  splitter: FrameSplitter
}

function splitting(maxFrame?: number): Split {
  const split: Split = { bodies: [], texts: 0, faults: [], splitter: undefined as never }
  split.splitter = new FrameSplitter(
    {
      onBody: (bytes, start, end, isText) => {
        split.bodies.push(bytes.slice(start, end))
        if (isText) split.texts++
      },
      onFault: (fault) => split.faults.push(fault),
    },
    maxFrame,
  )
  return split
}

function splitAll(stream: Uint8Array, ...cuts: number[]): Split {
  const split = splitting()
  let from = 0
  for (const cut of [...cuts, stream.length]) {
    split.splitter.push(stream.slice(from, cut))
    from = cut
  }
  return split
}

const tag = joinBody('my/tag', encode({ a: 1 }))
const EVENT = encodeFrame(tag)

describe('frames', () => {
  test('recorded ones are decoded and encoded byte for byte', () => {
    for (const frame of frames) {
      const { bodies, faults } = splitAll(frame)
      expect(faults).toEqual([])
      expect(bodies.map((body) => toHex(encodeFrame(body)))).toEqual([toHex(frame)])
    }
  })

  test('a stream may be cut at every byte', () => {
    const stream = concat(...frames)
    const whole = splitAll(stream).bodies.map(toHex)
    expect(whole).toHaveLength(frames.length)
    for (let cut = 1; cut < stream.length; cut++) {
      expect(splitAll(stream, cut).bodies.map(toHex)).toEqual(whole)
    }
    const bytewise = splitAll(stream, ...Array.from({ length: stream.length - 1 }, (_, at) => at + 1))
    expect(bytewise.bodies.map(toHex)).toEqual(whole)
    expect(bytewise.splitter.heldBytes).toBe(0)
  })

  test.each([
    ['body before head', hex(`82 a4626f6479 c40c ${toHex(tag)} a468656164 80`)],
    [
      'a head with content',
      concat(
        encode(
          new Map<string, unknown>([
            ['head', { mid: 7 }],
            ['body', tag],
          ]),
        ),
      ),
    ],
    ['no head', encode({ body: tag })],
    [
      'keys as bytes',
      encode(
        new Map<Uint8Array, unknown>([
          [text('head'), {}],
          [text('body'), tag],
        ]),
      ),
    ],
    ['more keys than two', encode({ enc: 'none', head: {}, body: tag, load: [1, { a: 2.5 }] })],
    ['a map of 16 bit', concat(hex('de 0001'), encode('body'), encode(tag))],
    ['a map of 32 bit', concat(hex('df 00000001'), encode('body'), encode(tag))],
    ['a body with a longer head than it needs', hex(`82 a468656164 80 a4626f6479 c60000000c ${toHex(tag)}`)],
  ])('%s is read, however it is cut', (_, frame) => {
    for (let cut = 0; cut <= frame.length; cut++) {
      expect(splitAll(concat(frame, EVENT), cut).bodies.map(toHex)).toEqual([toHex(tag), toHex(tag)])
    }
  })

  test('a body that was received as text, like raw bytes of 2016, is marked as such', () => {
    const raw = hex(`82 a4626f6479 da000c ${toHex(tag)} a468656164 80`)
    const { bodies, texts, faults } = splitAll(raw)
    expect([bodies.map(toHex), texts, faults]).toEqual([[toHex(tag)], 1, []])
  })

  test('a value that is not a frame is reported, and the stream continues after it', () => {
    const others = [
      encode([1, 2]),
      encode('text'),
      encode({ head: {} }),
      encode({ body: { a: 1 } }),
      hex('c7034e616263'),
    ]
    const stream = concat(...others.flatMap((other) => [other, EVENT]))
    for (let cut = 0; cut < stream.length; cut++) {
      const { bodies, faults } = splitAll(stream, cut)
      expect(bodies).toHaveLength(others.length)
      expect(faults).toEqual([
        'not a map',
        'not a map',
        'no body',
        'a body that is neither bytes nor text',
        'not a map',
      ])
    }
  })

  test.each([
    ['a lead byte that msgpack does not have', hex('82 c1'), 'TCN_BODY_INVALID'],
    ['containers deeper than 512', new Uint8Array(514).fill(0x91), 'TCN_BODY_DEPTH'],
    ['a body larger than allowed', hex('82 a468656164 80 a4626f6479 c6 00100000'), 'TCN_FRAME_TOO_LARGE'],
    ['an array with more elements than bytes allowed', hex('dd ffffffff'), 'TCN_FRAME_TOO_LARGE'],
    ['a map with more entries than bytes allowed', hex('df 00010000'), 'TCN_FRAME_TOO_LARGE'],
  ])('%s ends the stream', (_, bytes, code) => {
    for (let cut = 0; cut < bytes.length; cut++) {
      const { splitter } = splitting(65_536)
      expect(() => {
        splitter.push(bytes.slice(0, cut))
        splitter.push(bytes.slice(cut))
      }).toThrow(expect.objectContaining({ code }))
    }
  })

  test('a frame of exactly the largest size is accepted, one byte more is not', () => {
    const body = new Uint8Array(1000)
    const frame = encodeFrame(body)
    const { splitter, bodies } = splitting(frame.length)
    splitter.push(frame)
    splitter.push(frame.slice(0, 500))
    splitter.push(frame.slice(500))
    expect(bodies).toHaveLength(2)
    expect(() => splitting(frame.length - 1).splitter.push(frame)).toThrow('allowed')
  })

  test('a length that is only announced uses no memory', () => {
    const { splitter } = splitting()
    splitter.push(hex('82 a468656164 80 a4626f6479 c6 03000000'))
    splitter.push(new Uint8Array(10_000))
    expect(splitter.pendingBytes).toBeLessThanOrEqual(20_100)
    expect(splitter.heldBytes).toBe(10_017)
  })

  test('any stream of frames, cut anywhere, returns the same bodies', () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 8 })
    const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 })
    fc.assert(
      fc.property(bodies, cuts, (all, places) => {
        const stream = concat(...all.map(encodeFrame))
        const at = places.map((place) => Math.floor(place * stream.length)).sort((a, b) => a - b)
        expect(splitAll(stream, ...at).bodies.map(toHex)).toEqual(all.map(toHex))
      }),
    )
  })

  test('any bytes result in bodies, faults or a known error', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 8 }), (chunks) => {
        const { splitter } = splitting(4096)
        try {
          for (const chunk of chunks) splitter.push(chunk)
        } catch (error) {
          expect((error as { code: string }).code).toMatch(/^TCN_(FRAME_TOO_LARGE|BODY_INVALID|BODY_DEPTH)$/)
        }
        expect(splitter.heldBytes).toBeLessThanOrEqual(4096)
      }),
      { numRuns: 2000 },
    )
  })

  test.each([0, 1, 255, 256, 65_535, 65_536])('the head of a body of %i bytes is the shortest', (length) => {
    const frame = encodeFrame(new Uint8Array(length))
    expect(frame.length).toBe(framedBytes(length))
    expect(toHex(frame)).toBe(toHex(encode({ head: {}, body: new Uint8Array(length) })))
  })
})

test('the body is split at the first pair of line feeds', () => {
  expect(splitBody(concat(text('a/b\n\n\n\n'), encode({})))).toEqual({
    tag: 'a/b',
    data: concat(text('\n\n'), encode({})),
  })
})
